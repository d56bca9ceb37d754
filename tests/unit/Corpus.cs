using System.Diagnostics;
using Xunit;

namespace CompatBot.UnitTests;

/// <summary>Real messages and objects that nobody here wrote: read from COMPATBOT_CORPUS, never copied into the repository.</summary>
internal sealed class Corpus : IDisposable
{
    private readonly DirectoryInfo _unpacked;

    private Corpus(DirectoryInfo unpacked) => _unpacked = unpacked;

    public IEnumerable<FileInfo> Messages => _unpacked.EnumerateFiles("*.eml", SearchOption.AllDirectories);

    /// <summary>Calendars and contacts.</summary>
    public IEnumerable<FileInfo> Objects =>
        _unpacked.EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.Extension is ".ics" or ".vcf");

    /// <summary>Unpacks a kind ("mail", "dav"), or skips the test where there is none.</summary>
    public static Corpus Unpack(string kind = "mail")
    {
        var folder = Environment.GetEnvironmentVariable("COMPATBOT_CORPUS");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "COMPATBOT_CORPUS is not set.");
        var unpacked = Directory.CreateTempSubdirectory("compatbot-corpus-");
        foreach (var archive in Directory.EnumerateFiles(Path.Combine(folder!, kind), "*.tar.xz"))
        {
            using var tar = Process.Start("tar", ["-xf", archive, "-C", unpacked.FullName]);
            tar.WaitForExit();
            Assert.Equal(0, tar.ExitCode);
        }

        return new Corpus(unpacked);
    }

    public void Dispose() => _unpacked.Delete(recursive: true);
}
