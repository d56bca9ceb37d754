using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>
/// Asks the system's name servers for the MX records of a domain (RFC 1035), which the base library cannot. For the doctor only:
/// one question over UDP, nothing is cached, and nothing that matters depends on the answer.
/// </summary>
internal static class MailExchange
{
    /// <summary>Time for one name server to answer.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Longest answer without EDNS, in bytes (RFC 1035 section 2.3.4).</summary>
    private const int AnswerBytesMax = 512;

    private const int HeaderBytes = 12;
    private const int NoSuchName = 3;
    private const ushort TypeMx = 15, ClassInternet = 1;

    /// <summary>Compression pointers followed in one name: more is a loop.</summary>
    private const int PointersMax = 16;

    /// <returns>Hosts in the order in which mail tries them; empty when there is no MX; null when nobody answers.</returns>
    public static async Task<IReadOnlyList<string>?> AskAsync(string domain, TimeProvider time, CancellationToken cancellation)
    {
        const string configuration = "/etc/resolv.conf";
        var servers = File.Exists(configuration) ? await File.ReadAllTextAsync(configuration, cancellation) : "";
        foreach (var server in NameServers(servers))
        {
            using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            using var late = new CancellationTokenSource(AnswerTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
            try
            {
                var question = Question(domain, (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1));
                await socket.ConnectAsync(server, 53, either.Token); // Connected: answers of others are not taken.
                await socket.SendAsync(question, SocketFlags.None, either.Token);
                var answer = new byte[AnswerBytesMax];
                var length = await socket.ReceiveAsync(answer, SocketFlags.None, either.Token);
                if (Read(answer.AsSpan(0, length), question) is { } hosts) return hosts;
            }
            catch (Exception error) when (error is SocketException || (error is OperationCanceledException && late.IsCancellationRequested))
            {
                continue; // The next one may answer.
            }
        }

        return null;
    }

    public static IEnumerable<IPAddress> NameServers(string resolvConf) =>
        from line in resolvConf.Split('\n')
        let words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
        where words.Length >= 2 && words[0] == "nameserver" && IPAddress.TryParse(words[1], out _)
        select IPAddress.Parse(words[1]);

    /// <param name="domain">An ASCII host name.</param>
    public static byte[] Question(string domain, ushort id)
    {
        var name = Encoding.ASCII.GetBytes(domain.TrimEnd('.'));
        var question = new byte[HeaderBytes + name.Length + 2 + 4];
        BinaryPrimitives.WriteUInt16BigEndian(question, id);
        question[2] = 1; // Recursion desired.
        question[5] = 1; // One question.
        name.CopyTo(question.AsSpan(HeaderBytes + 1));
        var label = HeaderBytes;
        for (var at = label + 1; at <= HeaderBytes + name.Length + 1; at++)
        {
            if (at <= HeaderBytes + name.Length && question[at] != '.') continue;
            question[label] = (byte)(at - label - 1);
            label = at;
        }

        BinaryPrimitives.WriteUInt16BigEndian(question.AsSpan(question.Length - 4), TypeMx);
        BinaryPrimitives.WriteUInt16BigEndian(question.AsSpan(question.Length - 2), ClassInternet);
        question[label] = 0;
        return question;
    }

    /// <returns>Null when it is no answer to this question, or a failure of the name server.</returns>
    public static IReadOnlyList<string>? Read(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> question)
    {
        if (answer.Length < question.Length || !answer[..2].SequenceEqual(question[..2]) || (answer[2] & 0x80) == 0) return null;
        if ((answer[3] & 15) == NoSuchName) return [];
        if ((answer[3] & 15) != 0 || !answer[HeaderBytes..question.Length].SequenceEqual(question[HeaderBytes..])) return null;
        var found = new List<(ushort Preference, string Host)>();
        var at = question.Length;
        for (var left = BinaryPrimitives.ReadUInt16BigEndian(answer[6..]); left > 0; left--)
        {
            if (Name(answer, ref at) is null || at + 10 > answer.Length) return null;
            var type = BinaryPrimitives.ReadUInt16BigEndian(answer[at..]);
            var end = at + 10 + BinaryPrimitives.ReadUInt16BigEndian(answer[(at + 8)..]);
            if (end > answer.Length) return null;
            if (type == TypeMx && end >= at + 13)
            {
                var place = at + 12;
                if (Name(answer[..end], ref place) is not { } host) return null;
                found.Add((BinaryPrimitives.ReadUInt16BigEndian(answer[(at + 10)..]), host));
            }

            at = end;
        }

        return [.. from one in found orderby one.Preference select one.Host];
    }

    /// <summary>Reads a name that may end in a pointer to an earlier one; "." is the root (a null MX, RFC 7505).</summary>
    private static string? Name(ReadOnlySpan<byte> answer, ref int at)
    {
        var labels = new StringBuilder();
        var place = at;
        for (var pointers = 0; place < answer.Length;)
        {
            var length = answer[place];
            if (length == 0)
            {
                if (pointers == 0) at = place + 1;
                return labels.Length == 0 ? "." : labels.ToString();
            }

            if (length >= 0xC0)
            {
                if (place + 2 > answer.Length || ++pointers > PointersMax) return null;
                if (pointers == 1) at = place + 2;
                place = BinaryPrimitives.ReadUInt16BigEndian(answer[place..]) & 0x3FFF;
                continue;
            }

            if (place + 1 + length > answer.Length || labels.Length > 255) return null;
            if (labels.Length > 0) labels.Append('.');
            labels.Append(Encoding.ASCII.GetString(answer.Slice(place + 1, length)).ToLower(CultureInfo.InvariantCulture));
            place += 1 + length;
        }

        return null;
    }
}
