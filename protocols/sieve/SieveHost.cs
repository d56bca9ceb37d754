using CompatBot.Core.Mail;
using CompatBot.Core.Mail.Filters;
using CompatBot.Protocols.Sieve.Language;

namespace CompatBot.Protocols.Sieve;

/// <summary>What a script may ask of the account that the message is for.</summary>
/// <param name="compile">Gives a script of the account ready to run; null: it has errors.</param>
internal sealed class SieveHost(FilteredMail mail, DateTimeOffset now, string hostName, Func<string, SieveScript?> compile) : ISieveHost
{
    public string EnvelopeFrom => mail.Sender;

    public string EnvelopeTo => mail.Recipient;

    public DateTimeOffset Now => now;

    public SieveScript? Script(string name) => mail.State.Filters.Scripts.TryGetValue(name, out var text) ? compile(text) : null;

    public bool HasMailbox(string name) => mail.State.Find(MailboxNames.Fold(name)) is not null;

    public bool HasSpecialUse(string? mailbox, string use)
    {
        if (SpecialUseOf(use) is not { } wanted) return false;
        return mailbox is null
            ? mail.State.Mailboxes.Values.Any(one => one.SpecialUse == wanted)
            : mail.State.Find(MailboxNames.Fold(mailbox))?.SpecialUse == wanted;
    }

    public bool Remembers(string key) => mail.Remembers(key);

    /// <summary>The items of RFC 5183 section 4.1 that are known when a script runs, which is not while the message comes in.</summary>
    public string? Environment(string item) => item switch
    {
        "domain" => hostName[(hostName.IndexOf('.', StringComparison.Ordinal) + 1)..],
        "host" => hostName,
        "location" => "MS",
        "name" => "CompatBot",
        "phase" => "post",
        "version" => typeof(SieveHost).Assembly.GetName().Version?.ToString(3) ?? "",
        _ => null,
    };

    /// <summary>A use by its name in RFC 6154, such as "\Junk"; null: none that mailboxes here have.</summary>
    public static SpecialUse? SpecialUseOf(string name) =>
        name.StartsWith('\\') && Enum.TryParse<SpecialUse>(name[1..], ignoreCase: true, out var use) && use != SpecialUse.None
        && !char.IsAsciiDigit(name[1]) ? use : null;
}
