using System.Globalization;
using CompatBot.Core.Items;

namespace CompatBot.Protocols.Dav.Properties;

/// <summary>A collection's sync-token (RFC 6578): an entry of the account's journal, in which the collection is as it is now.</summary>
internal static class SyncToken
{
    private const string Prefix = "urn:compatbot:sync:";

    /// <summary>Changes when anything at or directly in the collection does, and only then.</summary>
    public static string Of(DavResource resource) => Of(resource.State!.NewestChange(resource.Collection!));

    public static string Of(ulong sequence) => Prefix + sequence.ToString(CultureInfo.InvariantCulture);

    /// <returns>Null when it is of an entry behind the state, or before it begins, or none that the server gives.</returns>
    public static ulong? Parse(string token, ItemState state) =>
        token.StartsWith(Prefix, StringComparison.Ordinal)
        && ulong.TryParse(token.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
        && sequence <= state.Sequence
        && sequence >= state.BeginsAt
            ? sequence
            : null;
}
