using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using CompatBot.Protocols.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace CompatBot.Gateway.Sockets;

/// <summary>
/// A TCP connection as Kestrel takes it. What comes is handed on by the thread that reads the socket, which answers it, and waits a moment
/// for more; what is written is sent by the thread that writes it. An idle connection holds no buffer.
/// </summary>
internal sealed class SocketConnection
    : ConnectionContext, IConnectionIdFeature, IConnectionItemsFeature, IConnectionTransportFeature, IConnectionLifetimeFeature,
        IConnectionEndPointFeature, IConnectionSocketFeature, IMemoryPoolFeature
{
    /// <summary>Room for less than this is not read into.</summary>
    private const int ReadBytesMin = 4096;

    /// <summary>Blocks that are sent at once.</summary>
    private const int SendBlocksMax = 64;

    private readonly Socket _socket;
    private readonly PolledSocket _polled;
    private readonly Pipe _input;
    private readonly Pipe _output;
    private readonly CancellationTokenSource _closed = new();
    private readonly List<ArraySegment<byte>> _blocks = [];
    private readonly TimeSpan _stallTimeout;
    private readonly TimeProvider _time;
    private Task _receiving = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;
    private long _sent;
    private volatile ConnectionAbortedException? _aborted;

    /// <param name="socket">Connected; from now on this connection's.</param>
    /// <param name="poller">Tells when the socket is ready.</param>
    /// <param name="limits">Pool and bounds of the buffers, and of patience.</param>
    /// <param name="time">Of the patience.</param>
    public SocketConnection(Socket socket, Poller poller, SocketLimits limits, TimeProvider time)
    {
        (_socket, _stallTimeout, _time) = (socket, limits.StallTimeout, time);
        _polled = new PolledSocket(poller, socket);
        MemoryPool = limits.Pool;
        _input = new Pipe(Options(limits.Pool, limits.ReadBufferBytesMax, writerScheduler: PipeScheduler.ThreadPool));
        _output = new Pipe(Options(limits.Pool, limits.WriteBufferBytesMax, writerScheduler: PipeScheduler.Inline));
        Transport = new Duplex(_input.Reader, _output.Writer);
        ConnectionClosed = _closed.Token;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        Features.Set<IConnectionIdFeature>(this);
        Features.Set<IConnectionItemsFeature>(this);
        Features.Set<IConnectionTransportFeature>(this);
        Features.Set<IConnectionLifetimeFeature>(this);
        Features.Set<IConnectionEndPointFeature>(this);
        Features.Set<IConnectionSocketFeature>(this);
        Features.Set<IMemoryPoolFeature>(this);
    }

    public override string ConnectionId { get => field ??= Guid.NewGuid().ToString("N"); set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection(10);

    public override IDictionary<object, object?> Items { get => field ??= new ConnectionItems(); set; }

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public Socket Socket => _socket;

    public MemoryPool<byte> MemoryPool { get; }

    public void Start()
    {
        _receiving = ReceiveAsync();
        _sending = SendAsync();
    }

    /// <summary>Ends both directions at once; the peer sees a reset.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        _aborted ??= abortReason;
        Shutdown();
        _output.Reader.CancelPendingRead();
        _input.Writer.CancelPendingFlush();
    }

    public override void Abort() => Abort(new ConnectionAbortedException());

    /// <summary>Sends what is written still, as long as the client takes some of it, and closes.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _input.Reader.CompleteAsync();
        await _output.Writer.CompleteAsync();
        try
        {
            await EndSendingAsync();
            await _receiving;
        }
        finally
        {
            _polled.Dispose();
            if (_aborted is not null) _socket.LingerState = new LingerOption(true, 0); // Nothing more goes out.
            _socket.Dispose();
            _closed.Dispose();
            await base.DisposeAsync();
        }
    }

    private static PipeOptions Options(MemoryPool<byte> pool, long bytesMax, PipeScheduler writerScheduler) => new(
        pool,
        readerScheduler: PipeScheduler.Inline,
        writerScheduler,
        pauseWriterThreshold: bytesMax,
        resumeWriterThreshold: bytesMax / 2,
        useSynchronizationContext: false);

    private async Task ReceiveAsync()
    {
        Exception? error = null;
        try
        {
            await ReceiveAllAsync();
        }
        catch (Exception failure)
        {
            error = failure;
        }

        await _input.Writer.CompleteAsync(_aborted ?? error);
        await _closed.CancelAsync();
    }

    /// <summary>Until the peer has said all, or nobody reads it any more.</summary>
    private async Task ReceiveAllAsync()
    {
        var next = new NextMoment(isHurried: false);
        var isMore = false;
        while (true)
        {
            if (!isMore)
            {
                if (!next.Wait(_socket)) await _polled.ReadableAsync();
                next.Came();
            }

            var memory = _input.Writer.GetMemory(ReadBytesMin);
            var count = _socket.Receive(memory.Span, SocketFlags.None, out var error);
            isMore = count == memory.Length;
            if (error == SocketError.WouldBlock) continue;
            if (error != SocketError.Success) throw Reset(error);
            if (count == 0) return;
            _input.Writer.Advance(count);
            var flushed = await _input.Writer.FlushAsync();
            if (flushed.IsCompleted || flushed.IsCanceled) return;
        }
    }

    private async Task EndSendingAsync()
    {
        while (!_sending.IsCompleted)
        {
            var before = Volatile.Read(ref _sent);
            try
            {
                await _sending.WaitAsync(_stallTimeout, _time);
            }
            catch (TimeoutException)
            {
                if (Volatile.Read(ref _sent) == before) Abort();
            }
        }

        await _sending;
    }

    private async Task SendAsync()
    {
        Exception? error = null;
        try
        {
            await SendAllAsync();
        }
        catch (ConnectionResetException)
        {
            // Who writes is told that nobody reads any more; who reads, that it was reset.
        }
        catch (Exception failure)
        {
            error = failure;
        }

        Shutdown(); // So that the other direction ends too.
        await _output.Reader.CompleteAsync(error);
        _input.Writer.CancelPendingFlush();
    }

    /// <summary>Until nothing more will be written, or the peer is gone.</summary>
    private async Task SendAllAsync()
    {
        while (true)
        {
            var read = await _output.Reader.ReadAsync();
            if (read.IsCanceled) return;
            if (read.Buffer.IsEmpty)
            {
                _output.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return;
                continue;
            }

            var sent = Send(read.Buffer, out var error);
            _output.Reader.AdvanceTo(read.Buffer.GetPosition(sent));
            Volatile.Write(ref _sent, _sent + sent);
            if (error == SocketError.WouldBlock) await _polled.WritableAsync();
            else if (error != SocketError.Success) throw Reset(error);
        }
    }

    private int Send(ReadOnlySequence<byte> octets, out SocketError error)
    {
        if (octets.IsSingleSegment) return Math.Max(0, _socket.Send(octets.FirstSpan, SocketFlags.None, out error));
        foreach (var block in octets)
        {
            if (_blocks.Count == SendBlocksMax || !MemoryMarshal.TryGetArray(block, out var array)) break;
            _blocks.Add(array);
        }

        var sent = Math.Max(0, _socket.Send(_blocks, SocketFlags.None, out error));
        _blocks.Clear(); // The blocks go back to their pool.
        return sent;
    }

    /// <summary>Wakes who waits for the socket; it stays open.</summary>
    private void Shutdown()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The peer was faster.
        }
        catch (ObjectDisposedException)
        {
            // It is over already.
        }
    }

    private static ConnectionResetException Reset(SocketError error)
    {
        var cause = new SocketException((int)error);
        return new ConnectionResetException(cause.Message, cause);
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
