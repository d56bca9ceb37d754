using CompatBot.Core.Identity;

namespace CompatBot.Protocols.Sieve.Language.Commands;

/// <summary>"redirect" (RFC 5228 section 4.2).</summary>
internal static class RedirectCommand
{
    public static SieveStep Compile(SieveArguments arguments)
    {
        var copies = arguments.Flag("copy", "copy");
        var address = arguments.Text("the address");
        arguments.End();
        if (address.Constant is { } constant && Address.Parse(constant) is null) throw arguments.Wrong($"\"{constant}\" is no address");
        return run =>
        {
            var text = address.Get(run);
            if (Address.Parse(text) is null) throw new SieveRunException($"\"{text}\" is no address to redirect to");
            if (!copies) run.CancelKeep();
            run.Redirect(text);
            return SieveFlow.Next;
        };
    }
}
