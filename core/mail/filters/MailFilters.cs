using System.Text;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;

namespace CompatBot.Core.Mail.Filters;

/// <summary>An account's filter scripts, for a session to look at and change. Whether one is well-formed the caller knows.</summary>
public sealed class MailFilters(MailRealm realm, DeviceId device, bool readOnly)
{
    /// <summary>Longest script, in octets of UTF-8.</summary>
    public const int ScriptBytesMax = 64 << 10;

    /// <summary>All scripts of an account together, in octets of UTF-8: the state holds them in memory.</summary>
    public const int TotalBytesMax = 256 << 10;

    public const int ScriptsMax = 32;

    /// <summary>Longest name, in octets of UTF-8 (RFC 5804 section 1.6 demands 512).</summary>
    public const int NameBytesMax = 512;

    public FilterState State => realm.State.Filters;

    /// <summary>No control characters, as RFC 5804 section 1.6 has it; and not empty.</summary>
    public static bool IsName(string name) => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= NameBytesMax
        && !name.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFFFD');

    /// <summary>Whether a script of a length would be taken.</summary>
    /// <returns>None; Invalid (the name), TooLarge, TooMany, OverQuota (all together).</returns>
    public Refusal Judge(string name, long octets) => Judge(State, name, octets);

    /// <summary>Stores a script, in the place of one with the same name; if that was active, this is.</summary>
    /// <returns>True; or what <see cref="Judge(string,long)"/> says, NotPermitted.</returns>
    public ValueTask<Outcome<bool>> PutAsync(string name, string script, CancellationToken cancellation) => CommitAsync(state =>
    {
        var refusal = Judge(state, name, Encoding.UTF8.GetByteCount(script));
        return refusal != Refusal.None ? refusal : Change(new Operation { FilterPut = new FilterPut { Name = name, Script = script } });
    }, cancellation);

    /// <returns>True; or NotFound, NotPermitted (it is active, or the device may not write).</returns>
    public ValueTask<Outcome<bool>> DeleteAsync(string name, CancellationToken cancellation) => CommitAsync(
        state => !state.Scripts.ContainsKey(name) ? Refusal.NotFound
            : state.Active == name ? Refusal.NotPermitted
            : Change(new Operation { FilterRemoved = new FilterRemoved { Name = name } }),
        cancellation);

    /// <summary>Makes a script the one that is asked.</summary>
    /// <param name="name">Empty: none is asked any more.</param>
    /// <returns>True; or NotFound, NotPermitted.</returns>
    public ValueTask<Outcome<bool>> ActivateAsync(string name, CancellationToken cancellation) => CommitAsync(
        state => name.Length > 0 && !state.Scripts.ContainsKey(name) ? Refusal.NotFound
            : (state.Active ?? "") == name ? Proposal<bool>.Nothing(true)
            : Change(new Operation { FilterActivated = new FilterActivated { Name = name } }),
        cancellation);

    /// <returns>True; or NotFound, AlreadyExists, Invalid (the new name), NotPermitted.</returns>
    public ValueTask<Outcome<bool>> RenameAsync(string from, string to, CancellationToken cancellation) => CommitAsync(
        state =>
        {
            if (!state.Scripts.TryGetValue(from, out var script)) return Refusal.NotFound;
            if (!IsName(to)) return Refusal.Invalid;
            if (from == to) return Proposal<bool>.Nothing(true);
            if (state.Scripts.ContainsKey(to)) return Refusal.AlreadyExists;
            List<Operation> operations =
            [
                new() { FilterPut = new FilterPut { Name = to, Script = script } },
                new() { FilterRemoved = new FilterRemoved { Name = from } },
            ];
            if (state.Active == from) operations.Add(new Operation { FilterActivated = new FilterActivated { Name = to } });
            return Change([.. operations]);
        },
        cancellation);

    private static Refusal Judge(FilterState state, string name, long octets)
    {
        if (!IsName(name)) return Refusal.Invalid;
        if (octets > ScriptBytesMax) return Refusal.TooLarge;
        var others = state.Scripts.Where(script => script.Key != name).ToList();
        if (others.Count >= ScriptsMax) return Refusal.TooMany;
        return others.Sum(script => Encoding.UTF8.GetByteCount(script.Value)) + octets > TotalBytesMax ? Refusal.OverQuota : Refusal.None;
    }

    private static Proposal<bool> Change(params IEnumerable<Operation> operations) =>
        Proposal<bool>.Commit(new Change { Operations = { operations } }, true);

    private ValueTask<Outcome<bool>> CommitAsync(Func<FilterState, Proposal<bool>> build, CancellationToken cancellation) =>
        readOnly ? new(Refusal.NotPermitted) : realm.CommitAsync(device, (state, _) => build(state.Filters), [], cancellation);
}
