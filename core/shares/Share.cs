using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Core.Shares;

/// <summary>What a link opens. The numbers are part of the stored format.</summary>
public enum ShareKind
{
    File = 1,

    /// <summary>With all that is below it.</summary>
    Folder = 2,

    /// <summary>A folder that takes uploads and shows nothing.</summary>
    Uploads = 3,

    /// <summary>As one text/calendar.</summary>
    Calendar = 4,

    /// <summary>As one text/vcard.</summary>
    AddressBook = 5,
}

/// <summary>A link to make.</summary>
/// <param name="Label">What its owner calls it.</param>
/// <param name="TakesUploads">To a folder, into which it lets things be put, and nothing else.</param>
/// <param name="Expires">Null: never.</param>
/// <param name="UsesMax">Downloads, or uploads; 0: any number.</param>
/// <param name="Password">Null: the link alone opens it.</param>
public sealed record NewShare(string Label, bool TakesUploads, DateTimeOffset? Expires, uint UsesMax, Password? Password);

/// <summary>A link that was just made.</summary>
public sealed record CreatedShare(ShareToken Token, ShareInfo Info);

/// <summary>A link as its owner sees it.</summary>
/// <param name="Token">Null: the record does not open; then all the rest is unknown.</param>
public sealed record ShareInfo(DeviceId Id, ShareToken? Token, string? Label)
{
    public ShareKind Kind { get; init; }

    /// <summary>Where what it names is now, or was.</summary>
    public string Path { get; init; } = "";

    /// <summary>What it names is not there any more.</summary>
    public bool IsGone { get; init; }

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset? Expires { get; init; }

    public uint UsesMax { get; init; }

    public uint Uses { get; init; }

    public bool HasPassword { get; init; }
}
