using CompatBot.Gateway.Admin;

return await CommandLine.RunAsync(args, _ => Task.FromResult(0), TimeProvider.System);
