using CompatBot.Gateway.Moving;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Moving;

public sealed class FilterMoveTests : IDisposable
{
    private readonly string _folder = MovingBed.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Scripts_come_back_with_their_names_and_the_active_one()
    {
        var source = await MailBed.NewAsync();
        string[] names = ["main", "../escape", "ünï code", new string('x', 300), "a/b"];
        foreach (var name in names) await source.Mail.Filters.PutAsync(name, $"# {name}\r\nkeep;", MailBed.Stop);
        await source.Mail.Filters.ActivateAsync("a/b", MailBed.Stop);
        var export = new FilterMove(source.Mail.Filters, _folder);
        export.Export();
        Assert.Equal(names.Length, export.Scripts);
        Assert.Equal(names.Length, Directory.GetFiles(Path.Combine(_folder, "filters")).Length);

        var target = await MailBed.NewAsync();
        await target.Mail.Filters.PutAsync("main", "discard;", MailBed.Stop);
        var import = new FilterMove(target.Mail.Filters, _folder);
        await import.ImportAsync(MailBed.Stop);
        Assert.Equal((names.Length - 1, 1, 0), (import.Scripts, import.Notes.Count, import.Damaged.Count));
        Assert.Equal("discard;", target.Mail.Filters.State.Scripts["main"]);
        Assert.Equal("a/b", target.Mail.Filters.State.Active);
        foreach (var name in names.Skip(1)) Assert.Equal($"# {name}\r\nkeep;", target.Mail.Filters.State.Scripts[name]);

        var again = new FilterMove(target.Mail.Filters, _folder);
        await again.ImportAsync(MailBed.Stop);
        Assert.Equal(0, again.Scripts);
        File.Delete(Path.Combine(_folder, "filters", "main.sieve"));
        await again.ImportAsync(MailBed.Stop);
        Assert.Single(again.Damaged);
    }
}
