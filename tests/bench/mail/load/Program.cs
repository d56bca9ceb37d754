using CompatBot.MailLoad;

const string Usage = """
    CompatBot.MailLoad COMMAND --option value...   (one line of key=value results; any unexpected reply is an error)
      smtp    --host --port --rcpt user%d@mail.test --users 50 --sessions 10 --bytes 4096 [--seconds 5 | --messages 4000]
              [--lmtp] [--per-connection 100]
      fill    --host --port --account --password --mailbox --messages --bytes --sessions        (IMAP APPEND, pipelined)
      grow    --host --port --account --password --mailbox --have N --messages M               (COPY until there are M)
      fetch   --host --port --account --password --mailbox --repeat 3
      ask     --host --port --account --password --mailbox --repeat 3 --singles 200             (FETCH, SEARCH, STORE, COPY ... timed)
      alloc   --host --port --admin --pid --account --password --mailbox --messages N --large 67108864  (memory taken)
      idle    --host --port --account --password --connections 1000 --pids 1,2 [--tls] [--logged-out] [--addresses 50]
      push    --host --port --account --password --connections 200 --crowd 0 --rounds 30        (from an APPEND to IDLE's EXISTS)
      select  --host --port --account --password --mailbox --other INBOX --repeat 200
      login   --host --port --account --password --count 2000 --pids 1,2
      usage   --pids 1,2                                                                       (CPU and memory of process trees)
    """;

if (args.Length == 0)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

try
{
    var options = Options.Parse(args.AsSpan(1));
    var result = args[0] switch
    {
        "smtp" => SmtpLoad.Run(options),
        "fill" => FillLoad.Run(options),
        "grow" => GrowLoad.Run(options),
        "fetch" => FetchLoad.Run(options),
        "ask" => CommandLoad.Run(options),
        "alloc" => AllocationLoad.Run(options),
        "idle" => IdleLoad.Run(options),
        "push" => PushLoad.Run(options),
        "select" => SelectLoad.Run(options),
        "login" => LoginLoad.Run(options),
        "usage" => ServerProcesses.Describe(options.Pids()),
        _ => throw new LoadException($"unknown command {args[0]}"),
    };
    Console.WriteLine(result);
    return 0;
}
catch (Exception error) when (error is LoadException or IOException or System.Net.Sockets.SocketException or AggregateException)
{
    Console.Error.WriteLine($"CompatBot.MailLoad {args[0]}: {error.GetBaseException().Message}");
    return 1;
}
