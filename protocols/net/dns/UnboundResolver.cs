using System.Runtime.InteropServices;

namespace CompatBot.Protocols.Net.Dns;

/// <summary>
/// A caching resolver in this process. It asks the servers that it is given, or those of /etc/resolv.conf. Nothing of it is made
/// before the first question. With trust anchors it validates by DNSSEC, once it has seen that the servers give what that needs:
/// behind a server that strips signatures every name would be bogus, so there nothing is validated and nothing is secure.
/// </summary>
/// <param name="servers">"192.0.2.1" or "192.0.2.1@5353"; empty: those of /etc/resolv.conf.</param>
/// <param name="anchors">File with DS or DNSKEY records that DNSSEC begins at; null: nothing is validated.</param>
public sealed class UnboundResolver(IReadOnlyList<string> servers, string? anchors, TimeProvider time) : IDnsResolver, IDisposable
{
    /// <summary>How long a question may take; libunbound itself asks again and elsewhere within it.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    /// <summary>How long nothing is validated after servers gave no keys, before they are asked for them again.</summary>
    public static readonly TimeSpan AnchorsAgain = TimeSpan.FromMinutes(15);

    private readonly Lock _gate = new();
    private readonly List<UnboundContext> _contexts = [];
    private Task<UnboundContext>? _context;
    private DateTimeOffset _againAt = DateTimeOffset.MaxValue;
    private bool _isStopped;

    /// <summary>The library that was loaded.</summary>
    public static unsafe Version LibraryVersion => Version.Parse(Marshal.PtrToStringUTF8((nint)Unbound.ub_version())!);

    public async ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancellation)
    {
        var context = await ContextAsync();
        return await WaitAsync(context.AskAsync(name, type), cancellation);
    }

    public void Dispose()
    {
        List<UnboundContext> contexts;
        lock (_gate)
        {
            if (_isStopped) return;
            _isStopped = true;
            contexts = [.. _contexts];
        }

        foreach (var context in contexts) context.Dispose();
    }

    private Task<UnboundContext> ContextAsync()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            if (_context is null or { IsFaulted: true }) _context = OpenAsync(null);
            else if (_context.IsCompletedSuccessfully && time.GetUtcNow() >= _againAt) _ = AgainAsync(_context.Result);
            return _context;
        }
    }

    /// <summary>Looks for the keys once more, beside what goes on without them.</summary>
    private async Task AgainAsync(UnboundContext plain)
    {
        try
        {
            var context = await OpenAsync(plain);
            lock (_gate) _context = Task.FromResult(context);
        }
        catch (Exception error) when (error is ObjectDisposedException or IOException or UnauthorizedAccessException)
        {
            // The server stops, or the file of the keys is gone: it stays as it is.
        }
    }

    /// <param name="plain">What answered without validation so far.</param>
    private async Task<UnboundContext> OpenAsync(UnboundContext? plain)
    {
        _againAt = DateTimeOffset.MaxValue;
        if (anchors is not null)
        {
            var validating = Make(anchors);
            var keys = await WaitAsync(validating.AskAsync(AnchorName(anchors), DnsType.DnsKey), CancellationToken.None);
            if (keys.IsSecure) return validating;
            bool isOurs;
            lock (_gate)
            {
                _againAt = time.GetUtcNow() + AnchorsAgain;
                isOurs = _contexts.Remove(validating);
            }

            if (isOurs) validating.Dispose();
        }

        return plain ?? Make(null);
    }

    private UnboundContext Make(string? file)
    {
        var context = new UnboundContext(servers, file);
        lock (_gate)
        {
            if (!_isStopped)
            {
                _contexts.Add(context);
                return context;
            }
        }

        context.Dispose();
        throw new ObjectDisposedException(nameof(UnboundResolver));
    }

    /// <summary>The owner of the first record in a file of anchors: "." in that of the root.</summary>
    private static string AnchorName(string file) => File.ReadLines(file)
        .Select(line => line.Split((char[])[' ', '\t'], 2)[0])
        .FirstOrDefault(word => word.Length > 0 && word[0] is not (';' or '$')) ?? ".";

    private async ValueTask<DnsAnswer> WaitAsync(Task<DnsAnswer> answer, CancellationToken cancellation)
    {
        try
        {
            return await answer.WaitAsync(AnswerWithin, time, cancellation);
        }
        catch (TimeoutException)
        {
            return DnsAnswer.Failed;
        }
    }
}
