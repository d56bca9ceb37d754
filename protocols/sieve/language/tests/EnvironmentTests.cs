using CompatBot.Protocols.Sieve.Language.Commands;
using CompatBot.Protocols.Sieve.Language.Matching;

namespace CompatBot.Protocols.Sieve.Language.Tests;

/// <summary>Tests of the house around the message, not of the message.</summary>
internal static class EnvironmentTests
{
    /// <summary>"environment" (RFC 5183).</summary>
    public static SieveTest Environment(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var item = arguments.Text("the item");
        var keys = match.TakeKeys(arguments);
        arguments.End();
        return run => run.Host.Environment(item.Get(run).ToLowerInvariant()) is { } value && match.Any(run, [value], keys);
    }

    /// <summary>"ihave" (RFC 5463); what it names may be used from then on.</summary>
    public static SieveTest Ihave(SieveArguments arguments)
    {
        string[] names =
            [.. arguments.Texts("the extensions").Select(name => name.Constant ?? throw arguments.Wrong("it takes no variables"))];
        arguments.End();
        var known = Array.TrueForAll(names, SieveExtensions.IsKnown);
        if (known)
        {
            foreach (var name in names.SelectMany(SieveExtensions.With)) arguments.Compiler.Require(name);
        }

        return _ => known;
    }

    /// <summary>"mailboxexists" (RFC 5490 section 3.1).</summary>
    public static SieveTest MailboxExists(SieveArguments arguments)
    {
        var names = arguments.Texts("the mailbox");
        arguments.End();
        return run => Array.TrueForAll(names, name => run.Host.HasMailbox(name.Get(run)));
    }

    /// <summary>"specialuse_exists" (RFC 8579 section 3).</summary>
    public static SieveTest SpecialUseExists(SieveArguments arguments)
    {
        var mailbox = arguments.Left == 2 ? arguments.Text("the mailbox") : null;
        var uses = arguments.Texts("the special use");
        arguments.End();
        return run => Array.TrueForAll(uses, use => run.Host.HasSpecialUse(mailbox?.Get(run), use.Get(run)));
    }

    /// <summary>"valid_notify_method" (RFC 5435 section 4).</summary>
    public static SieveTest ValidNotifyMethod(SieveArguments arguments)
    {
        var methods = arguments.Texts("the method");
        arguments.End();
        return run => Array.TrueForAll(methods, method => NotifyCommand.IsValid(method.Get(run)));
    }

    /// <summary>"notify_method_capability" (RFC 5435 section 5): whether somebody is online is never known for mail.</summary>
    public static SieveTest NotifyMethodCapability(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var method = arguments.Text("the method");
        var capability = arguments.Text("the capability");
        var keys = match.TakeKeys(arguments);
        arguments.End();
        return run => NotifyCommand.IsValid(method.Get(run))
            && capability.Get(run).Equals("online", StringComparison.OrdinalIgnoreCase) && match.Any(run, ["maybe"], keys);
    }

    /// <summary>"valid_ext_list" (RFC 6134 section 2.8): there are no lists outside of scripts here.</summary>
    public static SieveTest ValidExternalList(SieveArguments arguments)
    {
        var lists = arguments.Texts("the lists");
        arguments.End();
        return _ => lists.Length == 0;
    }
}
