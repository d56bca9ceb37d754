using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

/// <summary>The scanner on real messages.</summary>
public sealed class CorpusTests
{
    [Fact]
    public void Every_real_message_has_a_sane_tree_however_it_is_cut()
    {
        using var corpus = Corpus.Unpack();
        var count = 0;
        foreach (var file in corpus.Messages)
        {
            var bytes = File.ReadAllBytes(file.FullName);
            var message = Trees.Scan(bytes);
            Trees.Check(message, bytes.Length);
            var tree = Trees.Show(message);
            Assert.Equal(tree, Trees.Show(Trees.Scan(bytes, 1 + (count % 7))));
            var decoded = MimeMessage.Decode(message.Encode());
            Assert.NotNull(decoded);
            Assert.Equal(tree, Trees.Show(decoded));
            count++;
        }

        Assert.True(count > 800, $"Only {count} messages were found.");
    }
}
