using System.Text.RegularExpressions;
using Xunit;

namespace CompatBot.UnitTests.House;

/// <summary>Who may see whom: core sees formats, protocols and storage see core, gateway sees all. Never back, never across.</summary>
public sealed partial class Walls
{
    [Theory]
    [InlineData("core/formats/", @"CompatBot\.(Core|Storage|Protocols|Gateway)|Microsoft\.(AspNetCore|Data)|System\.Net\b")]
    [InlineData("core/", @"CompatBot\.(Storage|Protocols|Gateway)|Microsoft\.(AspNetCore|Data)|SQLitePCL|System\.Net\.Sockets")]
    [InlineData("storage/", @"CompatBot\.(Protocols|Gateway|Formats)|Microsoft\.AspNetCore")]
    [InlineData("protocols/", @"CompatBot\.(Storage|Gateway)|Microsoft\.Data|SQLitePCL")]
    public void A_floor_names_nothing_above_or_beside_it(string floor, string forbidden) =>
        SourceTree.Hold(Named(floor, new Regex(forbidden)));

    [Theory]
    [InlineData("core/formats/CompatBot.Formats.csproj", "")]
    [InlineData("core/CompatBot.Core.csproj", "formats/CompatBot.Formats.csproj")]
    [InlineData("storage/CompatBot.Storage.csproj", "../core/CompatBot.Core.csproj")]
    [InlineData("protocols/CompatBot.Protocols.csproj", "../core/CompatBot.Core.csproj")]
    public void A_project_refers_to_the_floor_below_only(string project, string wanted)
    {
        var lines = SourceTree.Projects.Single(file => file.Path == project).Lines;
        var referred = lines.SelectMany(line => Referred().Matches(line)).Select(match => match.Groups[1].Value);
        Assert.Equal(wanted, string.Join(' ', referred));
        if (!project.StartsWith("protocols/", StringComparison.Ordinal))
        {
            Assert.DoesNotContain(lines, line => line.Contains("Microsoft.AspNetCore", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void No_protocol_room_names_another() => SourceTree.Hold(Crossings("protocols", "Protocols", ["Net"]));

    [Fact]
    public void No_engine_names_another() => SourceTree.Hold(Crossings("storage", "Storage", []));

    [Fact]
    public void Libsodium_is_bound_in_one_folder() =>
        Assert.All(
            from file in SourceTree.Production where file.Lines.Any(line => LibsodiumBound().IsMatch(line)) select file.Path,
            path => Assert.StartsWith("core/vault/", path));

    /// <summary>Lines of one floor's rooms that name a room other than their own and the shared ones.</summary>
    private static IEnumerable<string> Crossings(string floor, string space, string[] shared) =>
        from file in SourceTree.Production
        let parts = file.Path.Split('/')
        where parts[0] == floor && parts.Length > 2
        from line in file.Lines
        from Match named in Room(space).Matches(line)
        let other = named.Groups[1].Value
        where !shared.Contains(other) && !other.Equals(parts[1], StringComparison.OrdinalIgnoreCase)
        select $"{file.Path} names {other}";

    private static IEnumerable<string> Named(string floor, Regex forbidden) =>
        from file in SourceTree.Production
        where file.Path.StartsWith(floor, StringComparison.Ordinal)
        from line in file.Lines
        where forbidden.IsMatch(line)
        select $"{file.Path}: {line.Trim()}";

    private static Regex Room(string space) => space == "Protocols" ? ProtocolRoom() : StorageRoom();

    [GeneratedRegex(@"CompatBot\.Protocols\.([A-Za-z0-9]+)")]
    private static partial Regex ProtocolRoom();

    [GeneratedRegex(@"CompatBot\.Storage\.([A-Za-z0-9]+)")]
    private static partial Regex StorageRoom();

    [GeneratedRegex(@"(LibraryImport|DllImport)\(""libsodium")]
    private static partial Regex LibsodiumBound();

    [GeneratedRegex("<ProjectReference Include=\"([^\"]+)\"")]
    private static partial Regex Referred();
}
