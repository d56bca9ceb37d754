using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Backup;

public sealed class BackupDamageTests
{
    [Fact]
    public async Task Every_flipped_bit_is_found()
    {
        await using var bed = await BackupBed.NewAsync();
        await BackupTests.FillAsync(bed, 2);
        await bed.RunAsync();
        await BackupTests.FillAsync(bed, 1);
        await bed.RunAsync();
        Assert.Empty((await bed.VerifyAsync()).Flaws);
        foreach (var path in bed.Files().ToList())
        {
            var sound = await File.ReadAllBytesAsync(path, BackupBed.Stop);
            for (var at = 0; at < sound.Length; at++)
            {
                var damaged = sound.ToArray();
                damaged[at] ^= (byte)(1 << (at % 8));
                await File.WriteAllBytesAsync(path, damaged, BackupBed.Stop);
                Assert.True((await bed.VerifyAsync()).Flaws.Count > 0, $"byte {at} of {Path.GetFileName(path)}");
            }

            await File.WriteAllBytesAsync(path, sound, BackupBed.Stop);
        }

        Assert.Empty((await bed.VerifyAsync()).Flaws);
    }

    [Fact]
    public async Task A_damaged_pack_is_named_with_what_it_takes_and_the_rest_can_be_salvaged()
    {
        await using var bed = await BackupBed.NewAsync();
        await BackupTests.FillAsync(bed, 5);
        await bed.RunAsync();
        var first = await BackupBed.PictureAsync(bed.Store);
        await BackupTests.FillAsync(bed, 7);
        var before = bed.Files().ToHashSet();
        await bed.RunAsync();
        var pack = bed.Files().Single(path => path.EndsWith(".pack", StringComparison.Ordinal) && !before.Contains(path));
        var bytes = await File.ReadAllBytesAsync(pack, BackupBed.Stop);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(pack, bytes, BackupBed.Stop);

        var flaw = Assert.Single((await bed.VerifyAsync()).Flaws);
        Assert.Contains("segment 0 does not open", flaw, StringComparison.Ordinal);
        Assert.Contains("of anna@mail.test: entries 7 to 13, 7 blobs", flaw, StringComparison.Ordinal);

        await using var refused = new MemoryStore();
        await Assert.ThrowsAsync<InvalidDataException>(() => bed.RestoreAsync(refused));
        Assert.Null(await refused.Directory.OwnerAsync("anna@mail.test", BackupBed.Stop));

        await using var salvaged = new MemoryStore();
        var report = await bed.RestoreAsync(salvaged, salvage: true);
        Assert.Contains(report.Flaws, what => what == "anna@mail.test: journal entries 7 to 13 are missing");
        Assert.Contains(report.Flaws, what => what == "anna@mail.test: 7 blobs are missing");
        Assert.Equal(first, await BackupBed.PictureAsync(salvaged));
    }

    [Theory]
    [InlineData(".pack")]
    [InlineData("00000001")]
    [InlineData("00000002")]
    public async Task A_missing_or_cut_file_is_found(string suffix)
    {
        await using var bed = await BackupBed.NewAsync();
        for (var run = 0; run < 3; run++)
        {
            await BackupTests.FillAsync(bed, 2);
            await bed.RunAsync();
        }

        var path = bed.Files().First(file => file.EndsWith(suffix, StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(path, BackupBed.Stop);
        foreach (var length in new[] { 0, 3, 39, 40, 41, 44, bytes.Length - 1 })
        {
            await File.WriteAllBytesAsync(path, bytes[..length], BackupBed.Stop);
            Assert.NotEmpty((await bed.VerifyAsync()).Flaws);
        }

        await File.WriteAllBytesAsync(path, [.. bytes, 0], BackupBed.Stop);
        Assert.NotEmpty((await bed.VerifyAsync()).Flaws);
        File.Delete(path);
        Assert.NotEmpty((await bed.VerifyAsync()).Flaws);
        await using var restored = new MemoryStore();
        await Assert.ThrowsAnyAsync<Exception>(() => bed.RestoreAsync(restored));
    }

    [Fact]
    public async Task Packs_that_changed_places_are_found()
    {
        await using var bed = await BackupBed.NewAsync();
        for (var run = 0; run < 2; run++)
        {
            await BackupTests.FillAsync(bed, 2);
            await bed.RunAsync();
        }

        var packs = bed.Files().Where(file => file.EndsWith(".pack", StringComparison.Ordinal)).ToArray();
        File.Move(packs[0], packs[0] + "x");
        File.Move(packs[1], packs[0]);
        File.Move(packs[0] + "x", packs[1]);
        Assert.True((await bed.VerifyAsync()).Flaws.Count >= 2);
    }
}
