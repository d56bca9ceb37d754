using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using CompatBot.Gateway.Admin.Doctor;
using CompatBot.Gateway.Config;
using CompatBot.Gateway.Logs;
using CompatBot.Storage.Sqlite;

namespace CompatBot.Gateway.Admin;

/// <summary>
/// Reads a command line and runs it: `serve` here; a verb in the running server (through its socket), or here when none runs.
/// </summary>
public static class CommandLine
{
    /// <summary>How long a verb waits for a store whose holder does not answer yet: a server that starts, another verb.</summary>
    public static readonly TimeSpan BusyPatience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(50);

    public static async Task<int> RunAsync(string[] arguments, Func<ServeOptions, Task<int>> serve, TimeProvider time)
    {
        var parse = CommandTree.Root.Parse(arguments);
        if (parse.Action is ParseErrorAction) return await WriteAsync(UsageError(parse));
        var own = parse.CommandResult.Command.Action;
        if (parse.Action is not null && parse.Action != own) return await parse.InvokeAsync(); // --help, --version
        if (parse.CommandResult.Command is Verb verb)
        {
            return await WriteAsync(await RunVerbAsync(verb, parse, arguments, time, CancellationToken.None));
        }

        var options = CommandTree.Serve.Read(parse);
        var mistakes = options.Mistakes().ToList();
        if (mistakes.Count > 0) return await WriteAsync(VerbContext.Failed(options.Json, ExitCode.Usage, string.Join("; ", mistakes)));
        if (parse.CommandResult.Command is DoctorCommand doctor)
        {
            return await WriteAsync(await doctor.RunAsync(parse, options, time, CancellationToken.None));
        }

        try
        {
            return await serve(options);
        }
        catch (StoreInUseException)
        {
            var message = $"the store in {options.DataDirectory} is in use: a server runs there already; stop it, or give another --data";
            return await WriteAsync(VerbContext.Failed(options.Json, ExitCode.Unavailable, message));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return await WriteAsync(VerbContext.Failed(options.Json, ExitCode.Failed, error.Message));
        }
    }

    /// <summary>Runs a verb against a composition that is already open: what the server does with a call from its socket.</summary>
    /// <param name="tell">Shows how far a long verb has come; throws IOException when nobody listens any more.</param>
    public static async ValueTask<VerbAnswer> RunAsync(
        VerbCall call, Composition composition, Func<string, CancellationToken, ValueTask> tell, CancellationToken cancellation)
    {
        var parse = CommandTree.Root.Parse(call.Arguments);
        if (parse.CommandResult.Command is not Verb verb || parse.Errors.Count > 0) return UsageError(parse);
        var json = parse.GetValue(CommonOptions.Json);
        if (verb.NeedsStoppedServer && composition.Serving)
        {
            return VerbContext.Failed(json, ExitCode.Unavailable, $"{verb.Name} needs the store for itself: stop the server first");
        }

        try
        {
            return await verb.Body(new VerbContext(parse, call, composition, tell, composition.Time), cancellation);
        }
        catch (InvalidDataException error)
        {
            return VerbContext.Failed(json, ExitCode.Damaged, error.Message);
        }
        catch (IOException error)
        {
            return VerbContext.Failed(json, ExitCode.Unavailable, error.Message);
        }
    }

    /// <summary>Runs a verb in the server that runs on the data directory, or here when none does.</summary>
    internal static async Task<VerbAnswer> RunVerbAsync(
        Verb verb, ParseResult parse, string[] arguments, TimeProvider time, CancellationToken cancellation)
    {
        var json = parse.GetValue(CommonOptions.Json);
        var data = Path.GetFullPath(parse.GetValue(CommonOptions.Data)!);
        try
        {
            if (verb.NeedsNoStore)
            {
                var loose = await CollectAsync(verb, parse, arguments, cancellation);
                return await verb.Body(new VerbContext(parse, loose, null, TerminalProgress.TellAsync, time), cancellation);
            }

            if (verb.MakesStore) DataDirectory.EnsurePrivate(data);
            else if (!File.Exists(Path.Combine(data, SqliteStore.FileName)))
            {
                var message = $"there is no store in {data}: give its folder by --data, or make one with `compatbot account add`";
                return VerbContext.Failed(json, ExitCode.NotFound, message);
            }

            var call = await CollectAsync(verb, parse, arguments, cancellation);
            using var errors = new ErrorStreamLog(LogLevel.Warning, Console.Error, time);
            var log = errors.CreateLogger(nameof(CommandLine));
            var started = time.GetTimestamp();
            while (true)
            {
                try
                {
                    await using var composition = await Composition.OpenAsync(CompositionOptions.ForVerb(data, log), time, cancellation);
                    return await RunAsync(call, composition, TerminalProgress.TellAsync, cancellation);
                }
                catch (StoreInUseException) when (time.GetElapsedTime(started) < BusyPatience)
                {
                    if (await ControlClient.TryCallAsync(data, call, cancellation) is { } answer) return answer;
                    await Task.Delay(BusyPause, time, cancellation); // Another verb, or a server that starts or stops.
                }
            }
        }
        catch (StoreInUseException)
        {
            return VerbContext.Failed(json, ExitCode.Unavailable, $"another process holds the store in {data} and does not answer");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return VerbContext.Failed(json, ExitCode.NotFound, error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return VerbContext.Failed(json, error is InvalidDataException ? ExitCode.Damaged : ExitCode.Unavailable, error.Message);
        }
    }

    /// <summary>Reads what only this side can read: standard input, files, the environment.</summary>
    private static async Task<VerbCall> CollectAsync(Verb verb, ParseResult parse, string[] arguments, CancellationToken cancellation)
    {
        var input = verb.ReadsInput(parse) ? await Console.In.ReadToEndAsync(cancellation) : null;
        var from = verb.Options.Contains(CommonOptions.From) ? parse.GetValue(CommonOptions.From) : null;
        var bulk = from switch { null => null, "-" => input, _ => await File.ReadAllTextAsync(from, cancellation) };
        string? unlock = null;
        if (verb.Options.Contains(CommonOptions.Unlock))
        {
            unlock = parse.GetValue(CommonOptions.Unlock) is { } file
                ? await File.ReadAllTextAsync(file, cancellation)
                : Environment.GetEnvironmentVariable(CommonOptions.UnlockVariable);
        }

        var call = new VerbCall(arguments, input, bulk, unlock) { Folder = Environment.CurrentDirectory };
        return verb.Options.Contains(CommonOptions.BackupKey) ? await BackupKeyFile.ReadAsync(call, parse, cancellation) : call;
    }

    private static VerbAnswer UsageError(ParseResult parse)
    {
        var path = new List<string>();
        for (var result = parse.CommandResult; result?.Command is not (null or RootCommand); result = result.Parent as CommandResult)
        {
            path.Insert(0, result.Command.Name);
        }

        var message = string.Join("; ", parse.Errors.Select(error => error.Message.TrimEnd('.')));
        return VerbContext.Failed(
            parse.GetValue(CommonOptions.Json), ExitCode.Usage, $"{message}. See `{string.Join(' ', ["compatbot", .. path])} --help`");
    }

    private static async Task<int> WriteAsync(VerbAnswer answer)
    {
        await TerminalProgress.EndAsync();
        await Console.Out.WriteAsync(answer.Output);
        await Console.Error.WriteAsync(answer.Error);
        return answer.ExitCode;
    }
}
