namespace CompatBot.CrashTests;

/// <summary>What was put to a path, and the ETag that the answer named; null where the answer did not come.</summary>
internal sealed record Copy(string Token, string? ETag);

/// <summary>
/// What the server has promised about files and calendar objects: at each path one copy, or none, when it has answered; and while a
/// request is under way what was there before or what comes, whole.
/// </summary>
internal sealed class PathLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Copy?>> _allowed = [];

    public long Acknowledged { get; private set; }

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_gate) return [.. _allowed.Keys];
        }
    }

    /// <summary>The one copy at a path that nobody is working on; null when it is uncertain or there is none.</summary>
    public Copy? Settled(string path)
    {
        lock (_gate) return _allowed.TryGetValue(path, out var copies) && copies.Count == 1 ? copies[0] : null;
    }

    /// <summary>A request goes out that puts a copy to a path, or takes it away (null).</summary>
    public void Begin(string path, Copy? after)
    {
        lock (_gate)
        {
            if (!_allowed.TryGetValue(path, out var copies)) _allowed[path] = copies = [null];
            copies.Add(after);
        }
    }

    /// <summary>The server's answer has come.</summary>
    public void End(string path, Copy? settled)
    {
        lock (_gate)
        {
            _allowed[path] = [settled];
            Acknowledged++;
        }
    }

    /// <summary>Compares with what was found at a path after a restart, and goes on from there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="isThatOf">Whether the octets found are exactly those of a token; null: nothing was found.</param>
    /// <param name="etag">That of what was found.</param>
    public void Audit(string path, Func<string, bool>? isThatOf, string? etag)
    {
        lock (_gate)
        {
            var allowed = _allowed[path];
            var found = allowed.FindIndex(copy => copy is null ? isThatOf is null : isThatOf is not null && isThatOf(copy.Token));
            if (found < 0)
            {
                var there = isThatOf is null ? "is lost" : "has other octets";
                throw new CrashException($"{path} {there}; it should be {string.Join(" or ", allowed)}");
            }

            var copy = allowed[found];
            if (copy?.ETag is { } promised && promised != etag) throw new CrashException($"{path}: ETag {promised} became {etag}");
            _allowed[path] = [copy is null ? null : copy with { ETag = etag }];
        }
    }
}
