using System.Diagnostics;
using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

/// <summary>Real messages that nobody here wrote: read from COMPATBOT_CORPUS, never copied into the repository.</summary>
public sealed class CorpusTests
{
    [Fact]
    public void Every_real_message_has_a_sane_tree_however_it_is_cut()
    {
        var folder = Environment.GetEnvironmentVariable("COMPATBOT_CORPUS");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "COMPATBOT_CORPUS is not set.");
        var unpacked = Directory.CreateTempSubdirectory("compatbot-corpus-");
        try
        {
            foreach (var archive in Directory.EnumerateFiles(Path.Combine(folder!, "mail"), "*.tar.xz"))
            {
                using var tar = Process.Start("tar", ["-xf", archive, "-C", unpacked.FullName]);
                tar.WaitForExit();
                Assert.Equal(0, tar.ExitCode);
            }

            var count = 0;
            foreach (var file in unpacked.EnumerateFiles("*.eml", SearchOption.AllDirectories))
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
        finally
        {
            unpacked.Delete(recursive: true);
        }
    }
}
