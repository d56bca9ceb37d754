using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace CompatBot.Protocols.Net.Dns;

/// <summary>One context of libunbound, with the thread that takes its answers.</summary>
internal sealed class UnboundContext : IDisposable
{
    private const int InternetClass = 1;
    private const int PollMilliseconds = 500;

    private static readonly ConcurrentDictionary<nint, TaskCompletionSource<DnsAnswer>> Waiting = new();
    private static long lastKey;

    private readonly nint _context;
    private readonly Thread _thread;
    private volatile bool _isStopped;

    /// <param name="servers">Whom to ask; empty: those of /etc/resolv.conf.</param>
    /// <param name="anchors">File with the keys that DNSSEC begins at; null: nothing is validated.</param>
    /// <exception cref="InvalidOperationException">The library refused an option: error number in the message.</exception>
    public UnboundContext(IReadOnlyList<string> servers, string? anchors)
    {
        _context = Unbound.ub_ctx_create();
        if (_context == 0) throw new InvalidOperationException($"{Unbound.Library} made no context");

        // A resolver on this machine is the usual case, not an attack.
        Check(Unbound.ub_ctx_set_option(_context, "do-not-query-localhost:", "no"));
        Check(Unbound.ub_ctx_async(_context, threaded: 1));
        foreach (var server in servers) Check(Unbound.ub_ctx_set_fwd(_context, server));

        if (anchors is not null) Check(Unbound.ub_ctx_add_ta_file(_context, anchors));

        // The last option, for it ends their time. libunbound itself says that there is no name below "test" (RFC 6761): whoever names a
        // server means what that says.
        if (servers.Count > 0) Check(Unbound.ub_ctx_zone_remove(_context, "test."));
        if (servers.Count == 0) _ = Unbound.ub_ctx_resolvconf(_context, null); // Without that file it asks the root servers.
        _thread = new Thread(Process) { IsBackground = true, Name = "dns" };
        _thread.Start();

        static void Check(int error)
        {
            if (error != 0) throw new InvalidOperationException($"{Unbound.Library} refused an option: error {error}");
        }
    }

    public unsafe Task<DnsAnswer> AskAsync(string name, DnsType type)
    {
        var key = (nint)Interlocked.Increment(ref lastKey);
        var answer = new TaskCompletionSource<DnsAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Waiting[key] = answer;
        var error = Unbound.ub_resolve_async(_context, name, (int)type, InternetClass, key, &Done, out _);
        if (error != 0 && Waiting.TryRemove(key, out _)) answer.SetResult(DnsAnswer.Failed);
        return answer.Task;
    }

    public void Dispose()
    {
        _isStopped = true;
        _thread.Join();
        Unbound.ub_ctx_delete(_context);
    }

    private unsafe void Process()
    {
        var entry = new Unbound.PollEntry { Descriptor = Unbound.ub_fd(_context), Events = Unbound.PollIn };
        while (!_isStopped)
        {
            if (Unbound.poll(&entry, 1, PollMilliseconds) > 0) _ = Unbound.ub_process(_context);
        }
    }

    [UnmanagedCallersOnly]
    private static unsafe void Done(nint key, int error, Unbound.Result* result)
    {
        try
        {
            if (Waiting.TryRemove(key, out var waiting)) waiting.TrySetResult(error == 0 ? Read(result) : DnsAnswer.Failed);
        }
        finally
        {
            if (result is not null) Unbound.ub_resolve_free(result);
        }
    }

    private static unsafe DnsAnswer Read(Unbound.Result* result)
    {
        const int noError = 0, noSuchName = 3;
        if (result->Bogus != 0 || result->RCode is not (noError or noSuchName)) return DnsAnswer.Failed;
        var isSecure = result->Secure != 0;
        if (result->NoName != 0) return new DnsAnswer(DnsStatus.NoName, [], isSecure);
        var data = new List<byte[]>();
        for (var at = 0; result->HasData != 0 && result->Data[at] is not null; at++)
        {
            data.Add(new ReadOnlySpan<byte>(result->Data[at], result->Length[at]).ToArray());
        }

        return new DnsAnswer(data.Count > 0 ? DnsStatus.Found : DnsStatus.NoData, data, isSecure);
    }
}
