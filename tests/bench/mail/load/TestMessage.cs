using System.Text;

namespace CompatBot.MailLoad;

/// <summary>Messages of one size, each different from all others so that no server can store one for many.</summary>
public sealed class TestMessage
{
    private const int CounterDigits = 16;
    private static long _counter = Environment.TickCount64 << 20;
    private readonly byte[] _bytes;
    private readonly int[] _counters;

    /// <param name="bytes">Size in bytes, CRLF included; at least 512.</param>
    public TestMessage(int bytes)
    {
        const string Mark = "################";
        var text = new StringBuilder($"""
            From: Load <load@sender.test>
            To: Reader <reader@mail.test>
            Subject: Measured message {Mark}
            Date: Sat, 21 Nov 2026 01:02:03 +0000
            Message-ID: <{Mark}@sender.test>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8

            Message {Mark}

            """.ReplaceLineEndings("\r\n"));
        var random = new Random(bytes);
        var line = new byte[54];
        while (text.Length < bytes)
        {
            random.NextBytes(line);
            text.Append(Convert.ToBase64String(line)).Append("\r\n");
        }

        text.Length = bytes - 2;
        text.Append("\r\n");
        _bytes = Encoding.ASCII.GetBytes(text.ToString());
        var counters = new List<int>();
        for (var at = _bytes.AsSpan().IndexOf("################"u8); at >= 0;)
        {
            counters.Add(at);
            var next = _bytes.AsSpan(at + 1).IndexOf("################"u8);
            at = next < 0 ? -1 : at + 1 + next;
        }

        _counters = [.. counters];
    }

    public int Length => _bytes.Length;

    /// <summary>The bytes with a number nobody had before; valid until the next call. No line starts with a dot.</summary>
    public ReadOnlySpan<byte> Next()
    {
        var number = Interlocked.Increment(ref _counter);
        foreach (var at in _counters) number.TryFormat(_bytes.AsSpan(at, CounterDigits), out _, "x16");
        return _bytes;
    }
}
