using System.Runtime.CompilerServices;
using Xunit;

namespace CompatBot.UnitTests.House;

/// <summary>One source file: its path from the root, with forward slashes, and its lines.</summary>
internal sealed record SourceFile(string Path, string[] Lines);

/// <summary>The repository's own sources, without what the build makes.</summary>
internal static class SourceTree
{
    private static readonly string[] ProductionFolders = ["core", "storage", "protocols", "gateway"];
    private static readonly string[] OtherFolders = ["tests", "interop"];
    private static readonly string[] SourceSuffixes = [".cs", ".proto", ".sh", ".py"];

    public static string Root { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(ThisFile(), "../../../.."));

    public static IReadOnlyList<SourceFile> Production { get; } = [.. Read(ProductionFolders, [".cs"])];

    public static IReadOnlyList<SourceFile> All { get; } = [.. Read([.. ProductionFolders, .. OtherFolders], SourceSuffixes)];

    public static IReadOnlyList<SourceFile> Projects { get; } = [.. Read([.. ProductionFolders, .. OtherFolders], [".csproj"])];

    /// <summary>Fails with every breach, not only the first few.</summary>
    public static void Hold(IEnumerable<string> breaches)
    {
        var all = breaches.ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }

    private static IEnumerable<SourceFile> Read(string[] folders, string[] suffixes) =>
        from folder in folders
        where Directory.Exists(Path.Combine(Root, folder))
        from path in Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
        where suffixes.Contains(Path.GetExtension(path))
        let relative = Path.GetRelativePath(Root, path).Replace('\\', '/')
        where !relative.Split('/').Any(part => part is "obj" or "bin")
        orderby relative
        select new SourceFile(relative, File.ReadAllLines(path));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
