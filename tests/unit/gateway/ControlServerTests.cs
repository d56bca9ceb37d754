using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using CompatBot.Gateway;
using CompatBot.Gateway.Admin;
using CompatBot.Gateway.Config;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.UnitTests.Gateway;

public sealed class ControlServerTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory().FullName;
    private Composition _composition = null!;

    public async ValueTask InitializeAsync() => _composition = await Composition.OpenAsync(
        new CompositionOptions(_data, Serving: true, TimeSpan.Zero, NullLogger.Instance), TimeProvider.System, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _composition.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Callers_who_say_nothing_do_not_keep_others_out()
    {
        await using var server = ControlServer.Start(_data, _composition, TimeSpan.FromMilliseconds(50), NullLogger.Instance);
        var silent = new List<Socket>();
        for (var caller = 0; caller < ControlServer.CallsMax; caller++) silent.Add(await ConnectAsync());
        var answer = await CallAsync("""{"arguments": ["domain", "add", "one.test"]}""");
        Assert.Contains("one.test is taken care of", answer);
        foreach (var socket in silent) socket.Dispose();
    }

    [Fact]
    public async Task The_socket_goes_with_the_server_and_a_dead_servers_socket_is_in_nobodys_way()
    {
        var path = Path.Combine(_data, ServeOptions.SocketName);
        await File.WriteAllTextAsync(path, "left over", TestContext.Current.CancellationToken);
        await using (ControlServer.Start(_data, _composition, ControlServer.CallTimeout, NullLogger.Instance))
        {
            Assert.Contains("\"output\":\"\"", await CallAsync("""{"arguments": ["account", "list"]}"""));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_frame_longer_than_the_limit_is_not_even_read()
    {
        await using var server = ControlServer.Start(_data, _composition, ControlServer.CallTimeout, NullLogger.Instance);
        using var socket = await ConnectAsync();
        var header = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(header, ControlServer.CallBytesMax + 1);
        await socket.SendAsync(header);
        Assert.Equal(0, await socket.ReceiveAsync(new byte[1]));
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_data, ServeOptions.SocketName)));
        return socket;
    }

    private async Task<string> CallAsync(string json)
    {
        using var socket = await ConnectAsync();
        var frame = new byte[sizeof(uint) + json.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)json.Length);
        Encoding.ASCII.GetBytes(json, frame.AsSpan(sizeof(uint)));
        await socket.SendAsync(frame);
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
