using CompatBot.Gateway.Config;
using Xunit;

namespace CompatBot.UnitTests.Gateway;

public sealed class ServeOptionsTests
{
    private static ServeOptions Good { get; } = new() { DataDirectory = "/data" };

    [Fact]
    public void The_defaults_can_be_served() => Assert.Empty(Good.Mistakes());

    [Fact]
    public void Every_mistake_is_named_with_its_option()
    {
        Assert.All(
            Wrong(),
            wrong => Assert.Contains(wrong.Options.Mistakes(), mistake => mistake.Contains(wrong.Option, StringComparison.Ordinal)));

        // The folder, a slash and the socket's name: one byte more than there is room for.
        const int longest = ServeOptions.SocketPathBytesMax - 1 - 12;
        Assert.Equal(12, ServeOptions.SocketName.Length);
        Assert.Empty((Good with { DataDirectory = "/" + new string('d', longest - 1) }).Mistakes());

        static IEnumerable<(ServeOptions Options, string Option)> Wrong() =>
        [
            (Good with { PortOffset = 65000 }, "--port-offset"),
            (Good with { PortOffset = -25 }, "--port-offset"),
            (Good with { TlsCertificateFile = "/nowhere.pem" }, "--tls-cert"),
            (Good with { TlsKeyFile = "/nowhere.pem" }, "--tls-key"),
            (Good with { VaultGrace = TimeSpan.FromSeconds(-1) }, "--vault-grace"),
            (Good with { DataDirectory = "/" + new string('d', longest) }, "--data"),
            (Good with { Hostname = "no host" }, "--hostname"),
            (Good with { ImapMessagesMax = 999 }, "--imap-messages-max"),
            (Good with { OtlpEndpoint = new Uri("ftp://collector") }, "--otlp"),
            (Good with { OtlpEndpoint = new Uri("collector", UriKind.Relative) }, "--otlp"),
        ];
    }
}
