namespace CompatBot.CrashTests;

/// <summary>Where a message is and how it is flagged; null stands for "nowhere".</summary>
internal sealed record Place(string Mailbox, string Flags);

/// <summary>
/// What the server has promised, for one account. Each message has a set of places where it may be: one when the server has
/// answered, two while a command is under way, so after a kill either is right and nothing else is.
/// </summary>
internal sealed class Ledger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<Place?>> _allowed = [];
    private readonly HashSet<string> _gone = [];
    private readonly Dictionary<(string Mailbox, uint Uid), string> _uids = [];
    private readonly Dictionary<string, (uint UidValidity, uint UidNext)> _mailboxes = [];

    public static Place? Nowhere => null;

    public long Acknowledged { get; private set; }

    /// <summary>A command goes out that brings a message to a place, or is refused, or is cut off.</summary>
    public void Begin(string token, Place? after)
    {
        lock (_gate)
        {
            if (!_allowed.TryGetValue(token, out var places)) _allowed[token] = places = [Nowhere];
            places.Add(after);
        }
    }

    /// <summary>The server's answer has come.</summary>
    public void End(string token, Place? settled)
    {
        lock (_gate)
        {
            _allowed[token] = [settled];
            Acknowledged++;
        }
    }

    /// <summary>The one place of a message that nobody is working on; null when it is uncertain or gone.</summary>
    public Place? Settled(string token)
    {
        lock (_gate) return _allowed.TryGetValue(token, out var places) && places.Count == 1 ? places.First() : null;
    }

    /// <summary>A UID that the server named: it belongs to this message for ever.</summary>
    public void Name(string mailbox, uint uid, string token)
    {
        lock (_gate) CheckName(mailbox, uid, token);
    }

    /// <summary>Compares with everything that was found after a restart, and goes on from there.</summary>
    /// <param name="mailboxes">UIDVALIDITY and UIDNEXT of every mailbox.</param>
    /// <param name="found">Every message.</param>
    public void Audit(
        IReadOnlyDictionary<string, (uint UidValidity, uint UidNext)> mailboxes,
        IReadOnlyList<(string Token, uint Uid, Place Place)> found)
    {
        lock (_gate)
        {
            foreach (var (name, before) in _mailboxes)
            {
                var now = mailboxes.TryGetValue(name, out var there) ? there : throw new CrashException($"mailbox {name} is gone");
                if (now.UidValidity != before.UidValidity) throw new CrashException($"UIDVALIDITY of {name}: {before} became {now}");
                if (now.UidNext < before.UidNext) throw new CrashException($"UIDNEXT of {name} fell: {before} became {now}");
            }

            foreach (var (name, now) in mailboxes) _mailboxes[name] = now;
            var places = new Dictionary<string, Place>();
            foreach (var (token, uid, place) in found)
            {
                if (!places.TryAdd(token, place)) throw new CrashException($"{token} is there twice: {places[token]} and {place}");
                if (_gone.Contains(token)) throw new CrashException($"{token} came back, at {place}");
                if (!_allowed.TryGetValue(token, out var allowed)) throw new CrashException($"{token} was never sent");
                if (!allowed.Contains(place)) throw new CrashException($"{token} is at {place}, not at {string.Join(" or ", allowed)}");
                if (uid >= mailboxes[place.Mailbox].UidNext) throw new CrashException($"{token} has UID {uid}, past UIDNEXT");
                CheckName(place.Mailbox, uid, token);
            }

            foreach (var (token, allowed) in _allowed.ToList())
            {
                if (places.TryGetValue(token, out var place))
                {
                    _allowed[token] = [place];
                    continue;
                }

                if (!allowed.Contains(Nowhere)) throw new CrashException($"{token} is lost, from {string.Join(" or ", allowed)}");
                _allowed.Remove(token);
                _gone.Add(token);
            }
        }
    }

    private void CheckName(string mailbox, uint uid, string token)
    {
        if (!_uids.TryAdd((mailbox, uid), token) && _uids[(mailbox, uid)] != token)
        {
            throw new CrashException($"UID {uid} of {mailbox} was {_uids[(mailbox, uid)]} and is now {token}");
        }
    }
}

/// <summary>A promise that the server did not keep.</summary>
internal sealed class CrashException(string message) : Exception(message);
