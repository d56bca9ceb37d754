namespace CompatBot.Core.Content.Garbage;

/// <summary>What a garbage collection did.</summary>
/// <param name="ForgottenThrough">What was deleted up to this entry can not be brought back.</param>
/// <param name="Forgotten">Messages, items and collections that this collection forgot.</param>
/// <param name="Marked">Blobs that state and history name, each as often as they do.</param>
/// <param name="Seen">Blobs of the account.</param>
/// <param name="Released">Blobs that were deleted, and their sealed bytes.</param>
/// <param name="Erased">Whether what was deleted is in no file of the store any more; if not, the next collection sees to it.</param>
public sealed record CollectReport(
    ulong ForgottenThrough, long Forgotten, long Marked, long Seen, long Released, long ReleasedBytes, bool Erased)
{
    /// <summary>The report of two collections as one.</summary>
    public static CollectReport operator +(CollectReport left, CollectReport right) => new(
        Math.Max(left.ForgottenThrough, right.ForgottenThrough),
        left.Forgotten + right.Forgotten,
        left.Marked + right.Marked,
        Math.Max(left.Seen, right.Seen),
        left.Released + right.Released,
        left.ReleasedBytes + right.ReleasedBytes,
        left.Erased && right.Erased);
}
