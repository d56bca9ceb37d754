using System.Globalization;
using CompatBot.Generator;

// Writes generated messages as files: generate FOLDER COUNT [FIRST SEED]
// NNNNN-smtp.eml can go through SMTP byte for byte; NNNNN-any.eml (every second one) may have bare line ends, NULs, lines of
// 100,000 bytes and no end, and goes in by APPEND. The same seeds give the same bytes.
if (args.Length is < 2 or > 3)
{
    Console.Error.WriteLine("usage: generate FOLDER COUNT [FIRST SEED]");
    return 2;
}

var folder = Directory.CreateDirectory(args[0]).FullName;
var count = int.Parse(args[1], CultureInfo.InvariantCulture);
var first = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1;
var smtp = new MessageGenerator();
var any = new MessageGenerator(new MessageOptions { BareLineEnds = true, Nuls = true, LongLines = true, UnfinishedLines = true });
for (var seed = first; seed < first + count; seed++)
{
    var (generator, kind) = seed % 2 == 0 ? (smtp, "smtp") : (any, "any");
    var name = string.Create(CultureInfo.InvariantCulture, $"{seed:00000}-{kind}.eml");
    File.WriteAllBytes(Path.Combine(folder, name), generator.Message(seed));
}

return 0;
