using System.Text;
using CompatBot.Protocols.Pop3.Commands;
using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3;

/// <summary>A parsed command, ready to run.</summary>
public interface IPop3Command
{
    ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation);
}

/// <summary>Reads the arguments behind the keyword; null when they are not what the command takes.</summary>
public delegate IPop3Command? Pop3Parser(ref Pop3Words words);

/// <summary>A command and the states in which it may be given.</summary>
public sealed record Pop3CommandEntry(string Name, Pop3State AllowedIn, Pop3Parser Parse);

/// <summary>Every command this server speaks: the map of this folder.</summary>
public static class Pop3Commands
{
    private static readonly Pop3CommandEntry[] Entries =
    [
        new("CAPA", Pop3State.Any, Capa.Parse), // RFC 2449 5
        new("STLS", Pop3State.Authorization, Stls.Parse), // RFC 2595 4
        new("UTF8", Pop3State.Authorization, Utf8.Parse), // RFC 6856 2
        new("USER", Pop3State.Authorization, User.Parse), // RFC 1939 7
        new("PASS", Pop3State.Authorization, Pass.Parse), // RFC 1939 7
        new("AUTH", Pop3State.Authorization, Auth.Parse), // RFC 5034
        new("STAT", Pop3State.Transaction, Stat.Parse), // RFC 1939 5
        new("LIST", Pop3State.Transaction, List.Parse), // RFC 1939 5
        new("UIDL", Pop3State.Transaction, List.ParseNames), // RFC 1939 7
        new("RETR", Pop3State.Transaction, Retr.Parse), // RFC 1939 5
        new("TOP", Pop3State.Transaction, Retr.ParseTop), // RFC 1939 7
        new("DELE", Pop3State.Transaction, Dele.Parse), // RFC 1939 5
        new("RSET", Pop3State.Transaction, Rset.Parse), // RFC 1939 5
        new("NOOP", Pop3State.Transaction, Noop.Parse), // RFC 1939 5
        new("QUIT", Pop3State.Any, Quit.Parse), // RFC 1939 5
    ];

    public static Pop3CommandEntry? Find(ReadOnlySpan<byte> keyword)
    {
        foreach (var entry in Entries)
        {
            if (Ascii.EqualsIgnoreCase(keyword, entry.Name)) return entry;
        }

        return null;
    }
}
