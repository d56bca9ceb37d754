namespace CompatBot.Gateway.Moving;

/// <summary>Something that could not be moved, or not as it was.</summary>
/// <param name="Mailbox">The mailbox, or the folder.</param>
/// <param name="Item">The UID, or the file; absent when it is about the whole of it.</param>
internal sealed record MoveProblem(string Mailbox, string? Item, string What);

/// <summary>What an export wrote; also the file compatbot-export.json in it, which is written last.</summary>
/// <param name="Version">Of the layout: 1.</param>
/// <param name="Account">Whose mail it is.</param>
/// <param name="Folder">Where it went.</param>
/// <param name="Octets">Of all messages.</param>
/// <param name="Items">Files, calendar objects and contacts.</param>
/// <param name="ItemOctets">Of all of them.</param>
/// <param name="Damaged">What could not be read, one by one: it is not in the export.</param>
internal sealed record ExportReport(
    int Version, string Account, string Folder, DateTimeOffset Made, int Mailboxes, long Messages, long Octets, long Items, long ItemOctets,
    IReadOnlyList<MoveProblem> Damaged);

/// <param name="Added">Messages that were put into the account.</param>
/// <param name="Present">Messages that were there already.</param>
/// <param name="Octets">Of the messages that were added.</param>
/// <param name="ItemsAdded">Files, calendar objects and contacts that were put into the account.</param>
/// <param name="ItemsPresent">Those that were there already.</param>
/// <param name="Notes">What came over, but not exactly as it was.</param>
/// <param name="Damaged">What did not come over, or may be damaged, one by one.</param>
/// <param name="Stopped">Why it did not go on to the end; absent when it did. Running it again goes on.</param>
internal sealed record ImportReport(
    string Account, string Folder, int Mailboxes, long Added, long Present, long Octets, long ItemsAdded, long ItemsPresent,
    IReadOnlyList<MoveProblem> Notes, IReadOnlyList<MoveProblem> Damaged, string? Stopped);
