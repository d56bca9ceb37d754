namespace CompatBot.Core.Items;

/// <summary>
/// A collection's number: unique in its realm, never used again. <see cref="Root"/> and <see cref="Uploads"/> are always there.
/// </summary>
public readonly record struct CollectionId(ulong Value)
{
    public static CollectionId Root { get; } = new(1);

    /// <summary>
    /// On no path: holds uploads in parts, each a collection (<see cref="ItemUploads"/>), and what a calendar has to send
    /// (<see cref="Calendar.OutgoingSchedule"/>).
    /// </summary>
    public static CollectionId Uploads { get; } = new(0);

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What a collection holds. The numbers are part of the stored format and never change.</summary>
public enum CollectionKind
{
    Folder = 0,
    Calendar = 1,
    AddressBook = 2,
    ScheduleInbox = 3,
    ScheduleOutbox = 4,

    /// <summary>Stands for a calendar of another account (<see cref="Calendar.Sharing.SharedCalendar"/>).</summary>
    Shared = 9,

    /// <summary>What the account is told about shared calendars (<see cref="Calendar.Sharing.ShareNotice"/>).</summary>
    Notifications = 12,

    /// <summary>A calendar that the server fetches from elsewhere (<see cref="Calendar.Subscriptions.Subscription"/>).</summary>
    Subscribed = 13,
}

public static class CollectionKinds
{
    /// <summary>Whether every calendar realm has one, which the server looks after: it is not removed, moved or taken along.</summary>
    public static bool IsFixed(this CollectionKind kind) =>
        kind is CollectionKind.ScheduleInbox or CollectionKind.ScheduleOutbox or CollectionKind.Notifications;

    /// <summary>Whether it holds calendar objects that clients show: those of a subscribed one are only read.</summary>
    public static bool IsCalendar(this CollectionKind kind) => kind is CollectionKind.Calendar or CollectionKind.Subscribed;
}

/// <summary>What a calendar takes (RFC 4791 section 5.2.3); of one object, the kind that it is. Stored: never changed.</summary>
[Flags]
public enum CalendarComponents
{
    None = 0,
    Event = 1,
    Task = 2,
    Journal = 4,
    FreeBusy = 8,
    Availability = 16,
}
