using System.Net.Sockets;

namespace CompatBot.Gateway.Sockets;

/// <summary>A socket that one waits for before reading and one before writing.</summary>
internal sealed class PolledSocket : IDisposable
{
    private const uint ReadEvents = Poller.Readable | Poller.PeerFinished;

    private readonly Poller _poller;
    private readonly int _file;
    private readonly long _number;
    private readonly Lock _lock = new();
    private readonly Signal _readable = new();
    private readonly Signal _writable = new();
    private uint _wanted;
    private bool _isKnown;

    /// <param name="poller">Tells when the socket is ready.</param>
    /// <param name="socket">Open until this is disposed of.</param>
    public PolledSocket(Poller poller, Socket socket)
    {
        _poller = poller;
        _file = (int)socket.Handle;
        _number = poller.Enter(this);
    }

    /// <summary>Done when something may be read, or nothing ever will; on a thread of the pool.</summary>
    /// <exception cref="IOException">The system cannot wait for it.</exception>
    public ValueTask ReadableAsync() => WaitAsync(_readable, ReadEvents);

    /// <summary>Done when something may be written, or nothing ever will; on a thread of the pool.</summary>
    /// <exception cref="IOException">The system cannot wait for it.</exception>
    public ValueTask WritableAsync() => WaitAsync(_writable, Poller.Writable);

    /// <summary>On the poller's thread.</summary>
    public void Tell(uint events)
    {
        uint told;
        lock (_lock)
        {
            var isOver = (events & (Poller.Failed | Poller.HungUp)) != 0;
            told = isOver ? _wanted : (events & _wanted & ReadEvents) != 0 ? ReadEvents : 0;
            told |= events & _wanted & Poller.Writable;
            _wanted &= ~told;
            try
            {
                if (_wanted != 0) _poller.Wait(_file, _wanted, _number, isKnown: true);
            }
            catch (IOException)
            {
                told |= _wanted; // They find out why.
                _wanted = 0;
            }
        }

        if ((told & Poller.Readable) != 0) _readable.Set();
        if ((told & Poller.Writable) != 0) _writable.Set();
    }

    /// <summary>Nobody waits any more; the socket is still open.</summary>
    public void Dispose() => _poller.Leave(_number);

    private ValueTask WaitAsync(Signal signal, uint events)
    {
        var wait = signal.NextAsync();
        lock (_lock)
        {
            _poller.Wait(_file, _wanted | events, _number, _isKnown);
            (_wanted, _isKnown) = (_wanted | events, true);
        }

        return wait;
    }
}
