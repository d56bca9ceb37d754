using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Net.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace CompatBot.Protocols.Net;

/// <summary>
/// One client of a line protocol: lines and bodies in, replies out. A single loop uses it; only <see cref="Wake"/>,
/// <see cref="Cut"/> and <see cref="Abort"/> may be called by others. Replies written to <see cref="Output"/> are flushed
/// when the next read has to wait, so that pipelined commands share packets.
/// </summary>
public sealed partial class LineConnection : IAsyncDisposable
{
    private readonly LineServer _server;
    private readonly ConnectionContext _context;
    private PipeReader _input;
    private TlsLayer? _tls;
    private ReadOnlySequence<byte> _buffer;
    private bool _holding, _ended;
    private int _interrupts, _commandsInTick;
    private long _deadline = long.MaxValue, _commandTick, _heldBytes;
    private volatile Waiting _waiting;

    internal LineConnection(LineServer server, ConnectionContext context, string protocol, IPAddress remoteAddress)
    {
        (_server, _context, Metrics, Protocol, RemoteAddress) = (server, context, LineMetrics.Of(protocol), protocol, remoteAddress);
        (_input, Output) = (context.Transport.Input, context.Transport.Output);
    }

    /// <summary>Write replies here. Reading flushes; call <see cref="FlushAsync"/> in between for long replies.</summary>
    public PipeWriter Output { get; private set; }

    public string Protocol { get; }

    public IPAddress RemoteAddress { get; set; }

    public bool IsLoopback => IPAddress.IsLoopback(RemoteAddress);

    public bool IsTls => _tls is not null;

    /// <summary>STARTTLS can be offered.</summary>
    public bool CanStartTls => !IsTls && _server.Tls is not null;

    /// <summary>A password may be sent here without another pair of eyes: under TLS, or without leaving the machine.</summary>
    public bool IsPrivate => IsTls || IsLoopback;

    /// <summary>tls-server-end-point of this connection; empty without TLS.</summary>
    public ReadOnlyMemory<byte> EndPointBinding { get; private set; }

    /// <summary>Silence after which a read ends in IdleTimeout. The protocol may change it, as after login.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Cancelled when the peer is gone; for what runs longer than a moment.</summary>
    public CancellationToken Closed => _context.ConnectionClosed;

    /// <summary>The peer has ended the connection, though perhaps nobody has read so far.</summary>
    public bool HasHungUp
    {
        get
        {
            if (_ended || Closed.IsCancellationRequested) return true;
            if (_context.Features.Get<IConnectionSocketFeature>()?.Socket is not { Blocking: false } socket) return false;
            try
            {
                Span<byte> octet = [0];
                var count = socket.Receive(octet, SocketFlags.Peek, out var error);
                return error == SocketError.Success ? count == 0 : error != SocketError.WouldBlock;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
        }
    }

    internal LineMetrics Metrics { get; }

    internal LineConnection? Previous { get; set; }

    internal LineConnection? Next { get; set; }

    internal bool IsLate => _server.Now >= Volatile.Read(ref _deadline);

    /// <summary>Waits for the next line.</summary>
    /// <param name="lineBytesMax">CRLF included.</param>
    /// <returns>Line: it is in <see cref="ReceivedLine.Bytes"/>, without CRLF, valid until the next read.</returns>
    public ValueTask<ReceivedLine> ReadLineAsync(int lineBytesMax)
    {
        var raised = Raised(atCommand: true);
        if (raised is LineStatus.Line or LineStatus.Woken)
        {
            var status = TryLine(lineBytesMax, out var line);
            var isLine = status is LineStatus.Line or LineStatus.BareLineFeed;
            if (isLine && CountCommand() && Output.UnflushedBytes <= _server.Limits.UnflushedReplyBytesMax)
            {
                return new(new ReceivedLine(status, line));
            }

            return WaitForLineAsync(status, line, lineBytesMax, raised);
        }

        return new(new ReceivedLine(raised, default));
    }

    /// <summary>Takes what is there of a body or literal, at least one byte; valid until the next read.</summary>
    /// <param name="bytesMax">Never more than these; the rest stays.</param>
    public async ValueTask<ReceivedLine> ReadBodyAsync(long bytesMax)
    {
        while (!_holding || _buffer.IsEmpty)
        {
            var status = await FillAsync(atCommand: false);
            if (status != LineStatus.Line) return new(status, default);
        }

        var body = _buffer.Length <= bytesMax ? _buffer : _buffer.Slice(0, bytesMax);
        _buffer = _buffer.Slice(body.End);
        return new(LineStatus.Line, body);
    }

    /// <summary>Shows what is there, at least one byte, without taking it; <see cref="Take"/> takes some of it.</summary>
    public async ValueTask<ReceivedLine> PeekAsync()
    {
        while (!_holding || _buffer.IsEmpty)
        {
            var status = await FillAsync(atCommand: false);
            if (status != LineStatus.Line) return new(status, default);
        }

        return new(LineStatus.Line, _buffer);
    }

    /// <summary>Takes bytes off the front of what <see cref="PeekAsync"/> showed.</summary>
    public void Take(long bytes) => _buffer = _buffer.Slice(bytes);

    /// <summary>Sends what was written; waiting for it is the backpressure.</summary>
    /// <returns>False when the peer is gone.</returns>
    public ValueTask<bool> FlushAsync()
    {
        Metrics.BytesOut.Add(Output.UnflushedBytes);
        var flushing = Output.FlushAsync();
        if (!flushing.IsCompletedSuccessfully) return WaitForFlushAsync(flushing);
        var flushed = flushing.Result;
        return new(!flushed.IsCompleted && !flushed.IsCanceled);
    }

    /// <summary>
    /// Bytes lie behind the line just read. After STARTTLS they are an attack: whoever sat in the middle may have sent them.
    /// </summary>
    public bool HasPipelinedInput()
    {
        if (_holding && !_buffer.IsEmpty) return true;
        Release();
        if (_ended || !_input.TryRead(out var read)) return false;
        Hold(read);
        return !_buffer.IsEmpty;
    }

    /// <summary>Ends a wait for the next line with Woken; when a command runs, the wait after it.</summary>
    public void Wake() => Interrupt(Interrupts.Wake);

    /// <summary>The session lost its right to be: ends the wait with Cut, and the connection soon after whatever runs.</summary>
    public void Cut()
    {
        Volatile.Write(ref _deadline, _server.Now + _server.TicksIn(_server.Limits.CutTimeout));
        Interrupt(Interrupts.Cut);
    }

    /// <summary>Ends the connection at once, without a word.</summary>
    public void Abort() => _context.Abort();

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_ended || Output.UnflushedBytes > 0) await FlushAsync();
            Release();
            if (_tls is not null || _deflate is not null) await CloseLayersAsync();
        }
        catch (Exception error) when (IsHangUp(error))
        {
            // Nobody is there any more to say goodbye to.
            _ended = true;
        }
        finally
        {
            _server.Remove(this);
        }
    }

    internal void Interrupt(Interrupts why)
    {
        Interlocked.Or(ref _interrupts, (int)why);
        _input.CancelPendingRead();
    }

    /// <summary>The deadline has passed: what that means depends on what was waited for.</summary>
    internal void Expire()
    {
        var cut = ((Interrupts)Volatile.Read(ref _interrupts) & Interrupts.Cut) != 0;
        if (_waiting == Waiting.Input && !cut) Interrupt(Interrupts.Idle);
        else if (_waiting != Waiting.Nothing || cut) Abort();
    }

    internal static bool IsHangUp(Exception error) =>
        error is OperationCanceledException or IOException or ObjectDisposedException;

    private async ValueTask<ReceivedLine> WaitForLineAsync(
        LineStatus status, ReadOnlySequence<byte> line, int lineBytesMax, LineStatus raised)
    {
        if (status is LineStatus.Line or LineStatus.BareLineFeed)
        {
            // Only the flush or the rate made it wait.
            if (Output.UnflushedBytes > 0 && !await FlushAsync()) return new(LineStatus.Closed, default);
            if (_commandsInTick > CommandsInTickMax) await Task.Delay(_server.Limits.TickInterval, _server.Time, CancellationToken.None);
            return new(status, line);
        }

        if (raised == LineStatus.Woken && status == LineStatus.NeedMore)
        {
            Lower(Interrupts.Wake);
            return new(LineStatus.Woken, default);
        }

        while (true)
        {
            if (status == LineStatus.TooLong) return new(await SkipLineAsync(), default);
            var filled = await FillAsync(atCommand: true);
            if (filled != LineStatus.Line) return new(filled, default);
            status = TryLine(lineBytesMax, out line);
            if (status is not (LineStatus.Line or LineStatus.BareLineFeed)) continue;
            CountCommand();
            return new(status, line);
        }
    }

    private async ValueTask<bool> WaitForFlushAsync(ValueTask<FlushResult> flushing)
    {
        Wait(Waiting.Output, _server.Limits.WriteTimeout);
        try
        {
            var flushed = await flushing;
            return !flushed.IsCompleted && !flushed.IsCanceled;
        }
        catch (Exception error) when (IsHangUp(error))
        {
            _ended = true;
            return false;
        }
        finally
        {
            WaitForNothing();
        }
    }

    private LineStatus TryLine(int lineBytesMax, out ReadOnlySequence<byte> line)
    {
        if (_holding && !_buffer.IsEmpty) return LineReader.TryRead(ref _buffer, lineBytesMax, out line);
        line = default;
        return LineStatus.NeedMore;
    }

    /// <summary>Finds the end of an oversized line without keeping any of it.</summary>
    private async ValueTask<LineStatus> SkipLineAsync()
    {
        for (long skipped = 0; ;)
        {
            if (_buffer.PositionOf((byte)'\n') is { } end)
            {
                _buffer = _buffer.Slice(_buffer.GetPosition(1, end));
                return LineStatus.TooLong;
            }

            skipped += _buffer.Length;
            _buffer = _buffer.Slice(_buffer.End);
            if (skipped > _server.Limits.SkippedLineBytesMax) return LineStatus.Flood;
            var filled = await FillAsync(atCommand: false);
            if (filled != LineStatus.Line) return filled;
        }
    }

    /// <summary>Waits for more bytes than there are; flushes replies first, but only when it really has to wait.</summary>
    private async ValueTask<LineStatus> FillAsync(bool atCommand)
    {
        Release();
        var raised = Raised(atCommand);
        if (raised != LineStatus.Line)
        {
            if (raised == LineStatus.Woken) Lower(Interrupts.Wake);
            return raised;
        }

        if (_ended) return LineStatus.Closed;
        try
        {
            if (!_input.TryRead(out var read))
            {
                // Armed before the flush: from the moment that the peer sees the reply, its silence counts.
                Lower(Interrupts.Idle);
                Wait(Waiting.Input, IdleTimeout);
                if (Output.UnflushedBytes > 0 && !await FlushAsync()) return LineStatus.Closed;
                if (_waiting == Waiting.Nothing) Wait(Waiting.Input, IdleTimeout);
                read = await _input.ReadAsync();
            }

            Hold(read);
            if (!read.IsCanceled) return LineStatus.Line;
        }
        catch (Exception error) when (IsHangUp(error))
        {
            _ended = true;
            return LineStatus.Closed;
        }
        finally
        {
            WaitForNothing();
        }

        raised = Raised(atCommand);
        if (raised == LineStatus.Woken) Lower(Interrupts.Wake);
        return raised;
    }

    private void Hold(in ReadResult read)
    {
        _heldBytes = (_buffer = read.Buffer).Length;
        (_holding, _ended) = (true, read.IsCompleted);
    }

    private void Release()
    {
        if (!_holding) return;
        _holding = false;
        Metrics.BytesIn.Add(_heldBytes - _buffer.Length);
        _input.AdvanceTo(_buffer.Start, _buffer.End);
        _buffer = default;
    }

    private LineStatus Raised(bool atCommand)
    {
        var interrupts = (Interrupts)Volatile.Read(ref _interrupts);
        if (interrupts == Interrupts.None) return LineStatus.Line;
        if ((interrupts & Interrupts.Cut) != 0) return LineStatus.Cut;
        if ((interrupts & Interrupts.Idle) != 0) return LineStatus.IdleTimeout;
        if (!atCommand) return LineStatus.Line;
        return (interrupts & Interrupts.Drain) != 0 ? LineStatus.Draining : LineStatus.Woken;
    }

    private void Lower(Interrupts which) => Interlocked.And(ref _interrupts, ~(int)which);

    private int CommandsInTickMax => (int)Math.Max(1, _server.Limits.CommandsPerSecondMax * _server.Limits.TickInterval.TotalSeconds);

    private bool CountCommand()
    {
        var now = _server.Now;
        if (_commandTick != now) (_commandTick, _commandsInTick) = (now, 0);
        return ++_commandsInTick <= CommandsInTickMax;
    }

    private void Wait(Waiting what, TimeSpan atMost)
    {
        _waiting = what;
        if (((Interrupts)_interrupts & Interrupts.Cut) == 0) Volatile.Write(ref _deadline, _server.Now + _server.TicksIn(atMost));
    }

    private void WaitForNothing()
    {
        _waiting = Waiting.Nothing;
        if (((Interrupts)_interrupts & Interrupts.Cut) == 0) Volatile.Write(ref _deadline, long.MaxValue);
    }
}
