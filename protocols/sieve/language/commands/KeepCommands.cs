namespace CompatBot.Protocols.Sieve.Language.Commands;

/// <summary>"keep", "fileinto" and "discard" (RFC 5228 sections 4.1, 4.3 and 4.4).</summary>
internal static class KeepCommands
{
    private const string Inbox = "INBOX";

    public static SieveStep Keep(SieveArguments arguments)
    {
        var flags = arguments.TaggedTexts("flags", "imap4flags");
        arguments.End();
        return run =>
        {
            run.CancelKeep();
            run.Store(new SieveStore(Inbox, FlagCommands.Of(run, flags)));
            return SieveFlow.Next;
        };
    }

    public static SieveStep FileInto(SieveArguments arguments)
    {
        var flags = arguments.TaggedTexts("flags", "imap4flags");
        var copies = arguments.Flag("copy", "copy");
        var creates = arguments.Flag("create", "mailbox");
        var use = arguments.TaggedText("specialuse", "special-use");
        var mailbox = arguments.Text("the mailbox");
        arguments.End();
        return run =>
        {
            if (!copies) run.CancelKeep();
            var name = mailbox.Get(run);
            if (name.Length == 0) throw new SieveRunException("fileinto into a mailbox without a name");
            if (name.Equals(Inbox, StringComparison.OrdinalIgnoreCase)) name = Inbox;
            run.Store(new SieveStore(name, FlagCommands.Of(run, flags), creates, use?.Get(run)));
            return SieveFlow.Next;
        };
    }

    public static SieveStep Discard(SieveArguments arguments)
    {
        arguments.End();
        return run =>
        {
            run.CancelKeep();
            return SieveFlow.Next;
        };
    }
}
