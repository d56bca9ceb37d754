using System.Globalization;
using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Gateway.Moving;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Moving;

/// <summary>Two accounts and a folder between them.</summary>
internal static class MovingBed
{
    public static MoveProgress Silent { get; } = new((_, _) => ValueTask.CompletedTask, new ManualTime());

    public static string NewFolder() => Directory.CreateTempSubdirectory("compatbot-moving-").FullName;

    public static async Task<MailExport> ExportAsync(MailBed bed, string folder)
    {
        var export = new MailExport(bed.Mail, folder, Silent);
        await export.RunAsync(MailBed.Stop);
        await File.WriteAllTextAsync(Path.Combine(folder, MailImport.ExportedFile), "{}", MailBed.Stop);
        return export;
    }

    public static async Task<MailImport> ImportAsync(MailBed bed, string folder)
    {
        var import = new MailImport(bed.Mail, Silent);
        Assert.Equal(Refusal.None, await import.RunAsync(new MaildirSource(folder), MailBed.Stop));
        return import;
    }

    public static async Task AppendAsync(
        MailBed bed, string mailbox, ReadOnlyMemory<byte> octets, MessageFlags flags, long date, params string[] keywords)
    {
        using var writer = bed.Mail.NewMessage();
        Assert.Equal(Refusal.None, await writer.WriteAsync(octets, MailBed.Stop));
        var written = (await writer.CompleteAsync(MailBed.Stop)).Value!;
        var when = DateTimeOffset.FromUnixTimeSeconds(date);
        Assert.Equal(Refusal.None, (await bed.Mail.AppendAsync(mailbox, written, flags, keywords, when, MailBed.Stop)).Refusal);
    }

    /// <summary>What an account holds, without what every account numbers for itself (UIDs, MODSEQs, UIDVALIDITY).</summary>
    public static async Task<string> ContentAsync(MailBed bed)
    {
        var text = new StringBuilder();
        foreach (var (name, id) in bed.Mail.State.Names)
        {
            var mailbox = (await bed.Mail.RefreshAsync(id, MailBed.Stop))!;
            text.Append(CultureInfo.InvariantCulture, $"{name} {mailbox.SpecialUse} {bed.Mail.State.Subscriptions.Contains(name)}\n");
            for (var i = 0; i < mailbox.Messages.Count; i++)
            {
                var row = mailbox.Messages[i];
                var keywords = mailbox.Keywords
                    .Where(keyword => (row.Flags & mailbox.FlagOf(keyword)!.Value) != 0).Order(StringComparer.Ordinal);
                text.Append(CultureInfo.InvariantCulture, $"  {row.Flags & MessageFlags.System} {row.Size} {row.InternalDate} ");
                text.Append(Convert.ToHexStringLower(row.Content.Key.ToBytes())).Append(' ').AppendJoin(',', keywords).Append('\n');
            }
        }

        return text.ToString();
    }
}
