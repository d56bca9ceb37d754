using CompatBot.Core.Content;
using CompatBot.Core.Mail;
using CompatBot.Core.Vault;
using Xunit;

namespace CompatBot.UnitTests.Mail;

public sealed class MessageTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_table_agrees_with_a_plain_list_through_any_history(int seed)
    {
        var random = new Random(seed);
        var (table, model) = (MessageTable.Empty, new List<MessageRow>());
        var versions = new List<(MessageTable Table, MessageRow[] Model)>();
        uint uid = 1;
        for (ulong step = 1; step < 400; step++)
        {
            switch (random.Next(4))
            {
                case 0 or 1:
                    var rows = new MessageRow[random.Next(1, random.Next(10) == 0 ? 3000 : 20)];
                    for (var i = 0; i < rows.Length; i++) rows[i] = Row(uid += (uint)random.Next(1, 3), step);
                    table = table.Add(rows);
                    model.AddRange(rows);
                    break;
                case 2 when model.Count > 0:
                    var edited = Pick(random, model);
                    var pairs = UidRanges.FromSorted([.. edited]);
                    table = table.EditFlags(pairs, (uids, flags, modSeqs) =>
                    {
                        var (hint, any) = (0, false);
                        for (var i = 0; i < uids.Length; i++)
                        {
                            if (!UidRanges.Contains(pairs, uids[i], ref hint)) continue;
                            (flags[i], modSeqs[i], any) = (flags[i] ^ 1, step, true);
                        }

                        return any;
                    });
                    for (var i = 0; i < model.Count; i++)
                    {
                        if (!edited.Contains(model[i].Uid)) continue;
                        model[i] = model[i] with { Flags = model[i].Flags ^ MessageFlags.Seen, ModSeq = step };
                    }

                    break;
                case 3 when model.Count > 0:
                    var gone = Pick(random, model);
                    table = table.Remove(UidRanges.FromSorted([.. gone]));
                    model.RemoveAll(row => gone.Contains(row.Uid));
                    break;
            }

            Same(model, table);
            versions.Add((table, [.. model]));
            Apart(versions[random.Next(versions.Count)], (table, [.. model]));
        }

        foreach (var (older, rows) in versions) Same(rows, older);
    }

    [Fact]
    public void Two_successors_of_one_version_do_not_disturb_each_other()
    {
        var table = MessageTable.Empty.Add([Row(1, 1), Row(2, 1)]);
        var left = table.Add([Row(3, 2)]);
        var right = table.Add([Row(4, 3)]);
        Assert.Equal((3u, 4u), (left.UidAt(2), right.UidAt(2)));
        Assert.Equal(~2, table.IndexOf(3));
    }

    private static void Same(IReadOnlyList<MessageRow> model, MessageTable table)
    {
        Assert.Equal(model.Count, table.Count);
        for (var i = 0; i < model.Count; i++)
        {
            if (model[i] != table[i] || table.IndexOf(model[i].Uid) != i) Assert.Fail($"Row {i} differs");
        }

        Assert.Equal(model.Count(row => (row.Flags & MessageFlags.Seen) == 0), table.CountWith(MessageFlags.Seen, set: false));
        Assert.Equal(model.ToList().FindIndex(row => (row.Flags & MessageFlags.Seen) == 0), table.FirstWithout(MessageFlags.Seen));
    }

    /// <summary>Applying what the diff says to the older version must give the newer one.</summary>
    private static void Apart((MessageTable Table, MessageRow[] Model) older, (MessageTable Table, MessageRow[] Model) newer)
    {
        var diff = TableDiff.Between(older.Table, newer.Table);
        var rows = older.Model.ToList();
        foreach (var index in diff.Removed.Reverse()) rows.RemoveAt(index);
        foreach (var index in diff.Changed) rows[index] = newer.Table[index];
        for (var i = diff.AddedFrom; i < newer.Table.Count; i++) rows.Add(newer.Table[i]);
        Assert.Equal(newer.Model, rows);
    }

    private static HashSet<uint> Pick(Random random, List<MessageRow> model)
    {
        var share = random.Next(1, 40);
        return [.. model.Where(_ => random.Next(share) == 0).Select(row => row.Uid)];
    }

    private static MessageRow Row(uint uid, ulong modSeq) =>
        new(uid, (MessageFlags)(uid % 3), modSeq, uid * 7, uid, uid + 1, new ContentRef(new BlobKey(new byte[32]), 0));
}
