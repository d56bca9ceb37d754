namespace CompatBot.Protocols.Imap.Sorting;

/// <summary>A message in a thread, or the place of one that is missing, with its answers.</summary>
public sealed class ThreadNode(SortedMessage? message)
{
    /// <summary>Null: somebody answered it, but it is not here.</summary>
    public SortedMessage? Message { get; set; } = message;

    public ThreadNode? Parent { get; private set; }

    public List<ThreadNode> Children { get; } = [];

    /// <summary>What it is sorted by: its own, or of a missing one its first answer's.</summary>
    public SortedMessage First => Message ?? Children[0].First;

    public void Adopt(ThreadNode child)
    {
        child.Parent?.Children.Remove(child);
        child.Parent = this;
        Children.Add(child);
    }

    public void Release(ThreadNode child)
    {
        Children.Remove(child);
        child.Parent = null;
    }

    public bool IsBelow(ThreadNode other)
    {
        for (var at = this; at is not null; at = at.Parent)
        {
            if (ReferenceEquals(at, other)) return true;
        }

        return false;
    }
}
