using System.CommandLine;
using CompatBot.Gateway.Admin.Doctor;
using CompatBot.Gateway.Admin.Verbs;

namespace CompatBot.Gateway.Admin;

/// <summary>The map of the command line: every verb has its row here.</summary>
internal static class CommandTree
{
    public static Serve Serve { get; } = new();

    public static DoctorCommand Doctor { get; } = new(Serve);

    public static RootCommand Root { get; } = Build();

    private static RootCommand Build()
    {
        var root = new RootCommand("CompatBot: a private, encrypted mail, calendar and file server for the devices you have.")
        {
            Serve,
            new Command("account", "Who has a store here")
            {
                AccountAdd.Create(),
                AccountVerbs.List(),
                AccountVerbs.Show(),
                AccountVerbs.Remove(),
                AccountVerbs.Recover(),
                AccountVerbs.Alias(),
                KeyVerbs.Rotate(),
                KeyVerbs.Passphrase(),
                KeyVerbs.NewWords(),
                MovingVerbs.Export(),
                MovingVerbs.Import(),
                HistoryVerbs.Horizon(),
                QuotaVerb.Create(),
                UndoVerb.Create(),
                SentCopyVerb.Create(),
                BirthdaysVerb.Create(),
                ListedVerb.Create(),
                CapabilitiesVerb.Create(),
                AttendedVerb.Create(),
                EscrowVerbs.Open(),
            },
            new Command("device", "Credentials of an account: app passwords and their scopes")
            {
                DeviceVerbs.Add(),
                DeviceVerbs.List(),
                DeviceVerbs.Revoke(),
            },
            new Command("calendar", "Calendars, and the accounts that share them")
            {
                CalendarVerbs.List(),
                CalendarVerbs.Share(),
                CalendarVerbs.Unshare(),
                CalendarVerbs.Subscribe(),
            },
            new Command("share", "Links to files and folders, for people without an account here")
            {
                ShareVerbs.Add(),
                ShareVerbs.List(),
                ShareVerbs.Revoke(),
            },
            new Command("domain", "Domains whose mail is taken here")
            {
                DomainVerbs.Add(),
                DomainVerbs.List(),
                DomainVerbs.Remove(),
                DomainVerbs.CatchAll(),
                DomainDns.Records(),
                DomainCheck.Check(),
                DomainReports.Create(),
                DomainDns.Rotate(),
                EscrowVerbs.OfDomain(),
            },
            new Command("queue", "Mail on its way to other servers")
            {
                QueueVerbs.List(),
                QueueVerbs.Show(),
                QueueVerbs.Retry(),
                QueueVerbs.Hold(),
                QueueVerbs.Release(),
                QueueVerbs.Drop(),
            },
            new Command("sieve", "Filter scripts")
            {
                SieveVerbs.Check(),
                SieveVerbs.Test(),
            },
            new Command("store", "The store itself")
            {
                StoreVerbs.Verify(),
                StoreStat.Create(),
                StoreGlance.Create(),
                StoreVerbs.DropCaches(),
                RepairVerb.Create(),
                ResealVerb.Create(),
                HistoryVerbs.History(),
                StoreShow.Create(),
                HistoryVerbs.Undelete(),
                RestorePath.Create(),
                HistoryVerbs.Collect(),
                AuditVerb.Create(),
                HeadVerbs.Heads(),
                HeadVerbs.Accept(),
            },
            BackupVerbs.Create(),
        };
        root.Add(Doctor);
        root.Add(ServerStatus.Create());
        root.Options.Add(CommonOptions.Data);
        root.Options.Add(CommonOptions.Json);
        return root;
    }
}
