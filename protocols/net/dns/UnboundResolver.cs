using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace CompatBot.Protocols.Net.Dns;

/// <summary>
/// A caching resolver in this process. It asks the servers that it is given, or those of /etc/resolv.conf. Nothing of it is made
/// before the first question.
/// </summary>
/// <param name="servers">"192.0.2.1" or "192.0.2.1@5353"; empty: those of /etc/resolv.conf.</param>
public sealed class UnboundResolver(IReadOnlyList<string> servers, TimeProvider time) : IDnsResolver, IDisposable
{
    private const int InternetClass = 1;
    private const int PollMilliseconds = 500;

    /// <summary>How long a question may take; libunbound itself asks again and elsewhere within it.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    private static readonly ConcurrentDictionary<nint, TaskCompletionSource<DnsAnswer>> Waiting = new();
    private static long lastKey;

    private readonly Lock _gate = new();
    private nint _context;
    private Thread? _thread;
    private volatile bool _isStopped;

    /// <summary>The library that was loaded.</summary>
    public static unsafe Version LibraryVersion => Version.Parse(Marshal.PtrToStringUTF8((nint)Unbound.ub_version())!);

    public ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancellation)
    {
        var key = (nint)Interlocked.Increment(ref lastKey);
        var answer = new TaskCompletionSource<DnsAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Waiting[key] = answer;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            if (_context == 0) Open();
            if (!Ask(name, type, key) && Waiting.TryRemove(key, out _)) answer.SetResult(DnsAnswer.Failed);
        }

        return WaitAsync(answer.Task, cancellation);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_isStopped) return;
            _isStopped = true;
        }

        _thread?.Join();
        if (_context != 0) Unbound.ub_ctx_delete(_context);
    }

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

    private unsafe bool Ask(string name, DnsType type, nint key) =>
        Unbound.ub_resolve_async(_context, name, (int)type, InternetClass, key, &Done, out _) == 0;

    private void Open()
    {
        var context = Unbound.ub_ctx_create();
        if (context == 0) throw new InvalidOperationException($"{Unbound.Library} made no context");

        // A resolver on this machine is the usual case, not an attack.
        Check(Unbound.ub_ctx_set_option(context, "do-not-query-localhost:", "no"));
        Check(Unbound.ub_ctx_async(context, threaded: 1));
        foreach (var server in servers) Check(Unbound.ub_ctx_set_fwd(context, server));

        // libunbound itself says that there is no name below "test" (RFC 6761): whoever names a server means what that says.
        if (servers.Count > 0) Check(Unbound.ub_ctx_zone_remove(context, "test."));
        if (servers.Count == 0) _ = Unbound.ub_ctx_resolvconf(context, null); // Without that file it asks the root servers.
        _context = context;
        _thread = new Thread(Process) { IsBackground = true, Name = "dns" };
        _thread.Start();

        static void Check(int error)
        {
            if (error != 0) throw new InvalidOperationException($"{Unbound.Library} refused an option: error {error}");
        }
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
