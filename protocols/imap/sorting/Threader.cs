
namespace CompatBot.Protocols.Imap.Sorting;

/// <summary>Groups messages into conversations (RFC 5256 section 3, THREAD).</summary>
public static class Threader
{
    /// <summary>Message ids of one References field that count, the last ones: longer lists are no honest conversation.</summary>
    private const int ReferencesMax = 100;

    private static readonly Comparison<ThreadNode> ByDate = (x, y) => Compare(x.First, y.First);

    /// <summary>ORDEREDSUBJECT: one thread for each base subject, the oldest on top, all others its answers.</summary>
    public static List<ThreadNode> BySubject(IEnumerable<SortedMessage> messages)
    {
        var threads = new List<ThreadNode>();
        foreach (var group in messages.GroupBy(one => one.Subject))
        {
            var sorted = group.ToList();
            sorted.Sort(Compare);
            var root = new ThreadNode(sorted[0]);
            foreach (var one in sorted.Skip(1)) root.Adopt(new ThreadNode(one));
            threads.Add(root);
        }

        threads.Sort(ByDate);
        return threads;
    }

    /// <summary>REFERENCES: by who answers whom, and then by subjects.</summary>
    public static List<ThreadNode> ByReferences(IReadOnlyList<SortedMessage> messages)
    {
        var roots = Prune(Link(messages));
        foreach (var root in roots) SortAnswers(root);
        roots.Sort(ByDate);
        roots = GatherSubjects(roots);
        foreach (var root in roots) SortAnswers(root);
        roots.Sort(ByDate);
        return roots;
    }

    private static int Compare(SortedMessage x, SortedMessage y) =>
        x.Sent.UtcDateTime.CompareTo(y.Sent.UtcDateTime) is var order and not 0 ? order : x.Row.CompareTo(y.Row);

    /// <summary>Step 1: every message and every message that one refers to, each below the one before it.</summary>
    private static List<ThreadNode> Link(IReadOnlyList<SortedMessage> messages)
    {
        var byId = new Dictionary<string, ThreadNode>(StringComparer.Ordinal);
        var all = new List<ThreadNode>(messages.Count);
        foreach (var message in messages)
        {
            var id = MessageIds.NormalIn(message.Summary.Envelope.MessageId).FirstOrDefault();
            ThreadNode node;
            if (id is null || (byId.TryGetValue(id, out var known) && known.Message is not null))
            {
                node = new ThreadNode(message); // Without an id, or with one that is taken, it is its own.
                all.Add(node);
            }
            else
            {
                node = Find(id);
                node.Message = message;
            }

            var references = MessageIds.NormalIn(message.Summary.Fields.Text("References"u8)).ToList();
            if (references.Count == 0) references = [.. MessageIds.NormalIn(message.Summary.Envelope.InReplyTo).Take(1)];
            ThreadNode? above = null;
            foreach (var reference in references.TakeLast(ReferencesMax))
            {
                var next = Find(reference);
                if (above is not null && next.Parent is null && !above.IsBelow(next)) above.Adopt(next);
                above = next;
            }

            // What the message itself says of its parent outweighs what others said.
            if (above is not null && !above.IsBelow(node)) above.Adopt(node);
        }

        return all;

        ThreadNode Find(string id)
        {
            if (byId.TryGetValue(id, out var found)) return found;
            byId[id] = found = new ThreadNode(null);
            all.Add(found);
            return found;
        }
    }

    /// <summary>Steps 2 and 3: missing messages go, where that takes nothing apart.</summary>
    private static List<ThreadNode> Prune(List<ThreadNode> all)
    {
        // A node goes once its children are settled: the deepest first.
        foreach (var node in all.OrderByDescending(Depth))
        {
            if (node.Message is not null) continue;
            if (node.Parent is { } parent)
            {
                foreach (var child in node.Children.ToList()) parent.Adopt(child);
                parent.Release(node);
            }
            else if (node.Children.Count == 1)
            {
                node.Release(node.Children[0]);
            }
        }

        return [.. all.Where(node => node.Parent is null && (node.Message is not null || node.Children.Count > 0))];

        static int Depth(ThreadNode node)
        {
            var depth = 0;
            for (var at = node.Parent; at is not null; at = at.Parent) depth++;
            return depth;
        }
    }

    /// <summary>Step 5: threads of the same base subject become one.</summary>
    private static List<ThreadNode> GatherSubjects(List<ThreadNode> roots)
    {
        var bySubject = new Dictionary<string, ThreadNode>(StringComparer.Ordinal);
        foreach (var root in roots)
        {
            var subject = root.First.Subject;
            if (subject.Length == 0) continue;
            if (!bySubject.TryGetValue(subject, out var known)
                || (known.Message is not null && (root.Message is null || (known.First.IsReply && !root.First.IsReply))))
            {
                bySubject[subject] = root;
            }
        }

        var gathered = new List<ThreadNode>();
        var replaced = new Dictionary<ThreadNode, ThreadNode>();
        foreach (var root in roots)
        {
            var subject = root.First.Subject;
            if (subject.Length == 0 || ReferenceEquals(bySubject[subject], root))
            {
                gathered.Add(root);
                continue;
            }

            var chosen = bySubject[subject];
            var top = replaced.GetValueOrDefault(chosen, chosen);
            if (top.Message is null && root.Message is null)
            {
                foreach (var child in root.Children.ToList()) top.Adopt(child);
            }
            else if (top.Message is null || (root.Message is not null && root.First.IsReply && !top.First.IsReply))
            {
                top.Adopt(root);
            }
            else
            {
                var both = new ThreadNode(null);
                both.Adopt(top);
                both.Adopt(root);
                replaced[chosen] = both;
            }
        }

        return [.. gathered.Select(root => replaced.GetValueOrDefault(root, root)).Where(root => root.Parent is null)];
    }

    /// <summary>Step 6: answers by their date; without recursion, for a thread may be as deep as a mailbox is long.</summary>
    private static void SortAnswers(ThreadNode root)
    {
        var order = new List<ThreadNode> { root };
        for (var at = 0; at < order.Count; at++) order.AddRange(order[at].Children);
        for (var at = order.Count - 1; at >= 0; at--) order[at].Children.Sort(ByDate);
    }
}
