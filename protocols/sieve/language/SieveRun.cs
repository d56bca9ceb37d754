using System.Text.RegularExpressions;
using CompatBot.Protocols.Sieve.Language.Matching;

namespace CompatBot.Protocols.Sieve.Language;

/// <summary>What a run may ask of the house around it.</summary>
internal interface ISieveHost
{
    /// <summary>Envelope addresses, without brackets; empty: the null path.</summary>
    string EnvelopeFrom { get; }

    string EnvelopeTo { get; }

    DateTimeOffset Now { get; }

    /// <summary>A script of the account, for "include"; null: there is none, or it is not well-formed.</summary>
    SieveScript? Script(string name);

    bool HasMailbox(string name);

    /// <summary>Whether there is a mailbox of a special use, such as "\Junk"; with a name, whether it is that one.</summary>
    bool HasSpecialUse(string? mailbox, string use);

    /// <summary>Whether something is remembered from before.</summary>
    bool Remembers(string key);

    /// <summary>An item of "environment" (RFC 5183); null: not known.</summary>
    string? Environment(string item);
}

/// <summary>One run of a script over one message: what it sees, what it has decided so far, and what it may still use up.</summary>
internal sealed class SieveRun(ISieveHost host, SieveMessage message)
{
    private readonly Dictionary<string, List<string>> _flags = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, bool), Regex> _expressions = [];
    private readonly HashSet<string> _includedOnce = new(StringComparer.Ordinal);
    private readonly List<SieveStore> _stores = [];
    private readonly List<SieveRedirect> _redirects = [];
    private readonly List<SieveNotification> _notifications = [];
    private readonly List<SieveMemory> _memories = [];
    private readonly Stack<string> _including = [];
    private long _steps, _work;
    private bool _isKept = true;

    public ISieveHost Host => host;

    public SieveMessage Message => message;

    /// <summary>The header as the script has made it so far.</summary>
    public SieveHeader Header { get; set; } = message.Header;

    public int AddedFields { get; set; }

    public SieveVariables Variables { get; private set; } = new();

    public SieveVacation? Vacation { get; set; }

    public SieveReject? Reject { get; set; }

    private ReadOnlyMemory<byte>? EditedHeader => Header.IsEdited ? (ReadOnlyMemory<byte>?)Header.ToBytes() : null;

    /// <summary>Runs a script over a message. What goes wrong is in the result.</summary>
    public static SieveResult Of(SieveScript script, ISieveHost host, SieveMessage message)
    {
        var run = new SieveRun(host, message);
        try
        {
            script.Run(run);
            return run.Finish();
        }
        catch (SieveRunException error)
        {
            return new SieveResult([new SieveStore("INBOX", [])], [], null, null, [], [], error.Message);
        }
    }

    /// <exception cref="SieveRunException">The script does too much.</exception>
    public void Step()
    {
        if (++_steps > SieveLimits.StepsMax) throw new SieveRunException("the script takes too many steps");
    }

    /// <exception cref="SieveRunException">The script does too much.</exception>
    public void Work(long characters)
    {
        _work += characters;
        if (_work > SieveLimits.WorkMax) throw new SieveRunException("the script compares too much");
    }

    public Regex RegexOf(string pattern, bool ignoresCase)
    {
        if (_expressions.TryGetValue((pattern, ignoresCase), out var found)) return found;
        Work(pattern.Length * 1000L);
        return _expressions[(pattern, ignoresCase)] = PosixRegex.Compile(pattern, ignoresCase);
    }

    /// <summary>The flags of a variable; of none: those that keep and fileinto use (RFC 5232 section 2).</summary>
    public List<string> Flags(string? variable) =>
        _flags.TryGetValue(variable ?? "", out var flags) ? flags : _flags[variable ?? ""] = [];

    /// <summary>The implicit keep does not happen (RFC 5228 section 2.10.2).</summary>
    public void CancelKeep() => _isKept = false;

    public void Store(SieveStore store)
    {
        Count();
        var twin = _stores.FindIndex(one => one.Mailbox == store.Mailbox && one.SpecialUse == store.SpecialUse);
        store = store with { Header = EditedHeader };
        if (twin < 0) _stores.Add(store);
        else _stores[twin] = store; // Once in each mailbox (RFC 5228 section 2.10.3), with the flags of the last (RFC 5232 section 5).
    }

    public void Redirect(string address)
    {
        Count();
        if (_redirects.Any(one => IsSame(one.Address, address))) return;
        if (_redirects.Count == SieveLimits.RedirectsMax) throw new SieveRunException("too many redirects");
        _redirects.Add(new SieveRedirect(address, EditedHeader));
    }

    public void Notify(SieveNotification notification)
    {
        Count();
        _notifications.Add(notification);
    }

    public void Remember(SieveMemory memory) => _memories.Add(memory);

    public bool RemembersNow(string key) => _memories.Any(one => one.Key == key);

    /// <summary>Runs another script of the account within this one (RFC 6609 section 3.2).</summary>
    public SieveFlow Include(string name, bool once, bool optional)
    {
        if (once && _includedOnce.Contains(name)) return SieveFlow.Next;
        if (_including.Contains(name)) throw new SieveRunException($"script \"{name}\" includes itself");
        if (_including.Count == SieveLimits.IncludesMax) throw new SieveRunException("too many scripts include each other");
        if (host.Script(name) is not { } script)
        {
            return optional ? SieveFlow.Next : throw new SieveRunException($"no script \"{name}\" to include, or it has errors");
        }

        _includedOnce.Add(name);
        _including.Push(name);
        var own = Variables;
        Variables = own.Include();
        var flow = script.Run(this);
        Variables = own;
        _including.Pop();
        return flow == SieveFlow.Stop ? SieveFlow.Stop : SieveFlow.Next;
    }

    /// <summary>The case of a local part is for its own server to know (RFC 5321 section 2.4).</summary>
    private static bool IsSame(string one, string other)
    {
        var at = one.LastIndexOf('@');
        return one.Equals(other, StringComparison.OrdinalIgnoreCase) && string.CompareOrdinal(one, 0, other, 0, at) == 0;
    }

    private void Count()
    {
        if (_stores.Count + _redirects.Count + _notifications.Count >= SieveLimits.ActionsMax) throw new SieveRunException(
            "too many actions");
    }

    private SieveResult Finish()
    {
        if (Reject is not null && (_stores.Count > 0 || Vacation is not null))
        {
            throw new SieveRunException("reject can not go together with keep, fileinto or vacation"); // RFC 5429 section 2.3
        }

        if (_isKept && !_stores.Any(one => one.Mailbox == "INBOX")) Store(new SieveStore("INBOX", [.. Flags(null)]));
        return new SieveResult(_stores, _redirects, Reject, Vacation, _notifications, _memories, null);
    }
}
