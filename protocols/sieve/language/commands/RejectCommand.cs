namespace CompatBot.Protocols.Sieve.Language.Commands;

/// <summary>
/// "reject" and "ereject" (RFC 5429). A script runs after the server has said 250, since only the owner's key opens it: so both
/// answer the sender with a notice.
/// </summary>
internal static class RejectCommand
{
    public static SieveStep Compile(SieveArguments arguments)
    {
        var reason = arguments.Text("the reason");
        arguments.End();
        return run =>
        {
            if (run.Reject is not null) throw new SieveRunException("reject twice");
            run.CancelKeep();
            run.Reject = new SieveReject(reason.Get(run));
            return SieveFlow.Next;
        };
    }
}
