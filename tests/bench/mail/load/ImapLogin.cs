namespace CompatBot.MailLoad;

/// <summary>An IMAP connection that is logged in.</summary>
internal static class ImapLogin
{
    public static LineClient Open(Options options, bool tls = false, int source = 0, int bufferBytes = 256 * 1024)
    {
        var client = Connect(options, tls, source, bufferBytes);
        client.Command("l", $"LOGIN {options.Text("account")} {options.Text("password")}");
        return client;
    }

    /// <summary>A connection that idles in a mailbox.</summary>
    public static LineClient Idle(Options options, string mailbox, bool tls, int source)
    {
        var client = Open(options, tls, source, bufferBytes: 4096);
        client.Command("s", $"SELECT {mailbox}");
        client.Send("i IDLE\r\n");
        while (!client.LineText().StartsWith('+')) { }
        return client;
    }

    public static LineClient Connect(Options options, bool tls = false, int source = 0, int bufferBytes = 256 * 1024)
    {
        var client = new LineClient(options.Host, options.Port, tls, source, bufferBytes);
        var greeting = client.LineText();
        return greeting.StartsWith("* OK", StringComparison.OrdinalIgnoreCase) ? client : throw new LoadException($"greeting: {greeting}");
    }

    /// <summary>Waits for a tagged reply of any kind.</summary>
    public static void SkipTagged(LineClient client, string tag)
    {
        while (!client.LineText().StartsWith(tag + " ", StringComparison.Ordinal)) { }
    }
}
