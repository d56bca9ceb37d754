using System.Net;
using System.Net.Sockets;
using CompatBot.Protocols.Ftp.Data;
using Xunit;

namespace CompatBot.DialogueTests.Ftp;

/// <summary>What lies between a data connection and its socket.</summary>
public sealed class DataStreamTests
{
    private const int BlockBytes = DataStream.BlockBytes;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Octets_pass_whole_however_they_are_cut()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var (here, there) = await ConnectAsync();
            await using var writer = new DataStream(here);
            await using var reader = new DataStream(there);
            var random = new Random(seed);
            var octets = new byte[random.Next(5 * BlockBytes)];
            random.NextBytes(octets);
            await Task.WhenAll(WriteAsync(writer, octets, random.Next()), ReadAsync(reader, octets, random.Next()));
        }
    }

    [Fact]
    public async Task What_is_short_waits_for_a_flush_and_what_is_long_for_nothing()
    {
        var (here, there) = await ConnectAsync();
        await using var writer = new DataStream(here);
        await writer.WriteAsync(new byte[1000], Cancellation);
        await Task.Delay(20, Cancellation);
        Assert.Equal(0, there.Available);
        await writer.WriteAsync(new byte[BlockBytes], Cancellation);
        await using var reader = new DataStream(there);
        await reader.ReadExactlyAsync(new byte[1000 + BlockBytes], Cancellation);
        await writer.WriteAsync(new byte[10], Cancellation);
        await writer.FlushAsync(Cancellation);
        await reader.ReadExactlyAsync(new byte[10], Cancellation);
    }

    [Fact]
    public async Task A_read_of_nothing_waits_for_octets_and_takes_none()
    {
        var (here, there) = await ConnectAsync();
        await using var writer = new DataStream(here);
        await using var reader = new DataStream(there);
        var waiting = reader.ReadAsync(Memory<byte>.Empty, Cancellation).AsTask();
        await Task.Delay(20, Cancellation);
        Assert.False(waiting.IsCompleted);
        await writer.WriteAsync(new byte[] { 7 }, Cancellation);
        await writer.FlushAsync(Cancellation);
        Assert.Equal(0, await waiting);
        Assert.Equal(0, await reader.ReadAsync(Memory<byte>.Empty, Cancellation));
        var octet = new byte[1];
        Assert.Equal(1, await reader.ReadAsync(octet, Cancellation));
        Assert.Equal(7, octet[0]);
    }

    [Fact]
    public async Task The_end_is_read_again_and_again_and_a_reset_is_an_IOException()
    {
        var (here, there) = await ConnectAsync();
        await using var reader = new DataStream(there);
        here.Shutdown(SocketShutdown.Send);
        for (var again = 0; again < 3; again++) Assert.Equal(0, await reader.ReadAsync(new byte[10], Cancellation));
        here.LingerState = new LingerOption(true, 0);
        here.Dispose();
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true)
            {
                await reader.WriteAsync(new byte[BlockBytes], Cancellation);
            }
        });
    }

    private static async Task WriteAsync(DataStream stream, ReadOnlyMemory<byte> octets, int seed)
    {
        var random = new Random(seed);
        while (!octets.IsEmpty)
        {
            var length = Math.Min(octets.Length, Length(random));
            await stream.WriteAsync(octets[..length], Cancellation);
            octets = octets[length..];
            if (random.Next(5) == 0) await stream.FlushAsync(Cancellation);
        }

        await stream.FlushAsync(Cancellation);
        stream.Dispose();
    }

    private static async Task ReadAsync(DataStream stream, byte[] octets, int seed)
    {
        var random = new Random(seed);
        var read = new MemoryStream();
        while (true)
        {
            var buffer = new byte[Length(random)];
            var count = await stream.ReadAsync(buffer, Cancellation);
            if (count == 0) break;
            read.Write(buffer, 0, count);
        }

        Assert.True(octets.AsSpan().SequenceEqual(read.ToArray()));
    }

    private static int Length(Random random) => random.Next(3) switch
    {
        0 => random.Next(1, 100),
        1 => random.Next(1, 20_000),
        _ => random.Next(1, 2 * BlockBytes),
    };

    private static async Task<(Socket Here, Socket There)> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var here = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await here.ConnectAsync(listener.LocalEndPoint!, Cancellation);
        return (here, await listener.AcceptAsync(Cancellation));
    }
}
