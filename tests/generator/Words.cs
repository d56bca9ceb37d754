namespace CompatBot.Generator;

/// <summary>Random words, sentences and names.</summary>
internal static class Words
{
    private static readonly string[] Plain =
    [
        "harbour", "letter", "window", "garden", "violin", "paper", "river", "market", "summer", "bicycle", "kitchen", "lantern", "mountain",
        "ticket", "orange", "meeting", "invoice", "report", "weekend", "train", "coffee", "station", "answer", "question", "holiday", "dinner",
        "the", "a", "of", "and", "with", "under", "before", "after", "please", "thanks", "maybe", "soon", "tomorrow", "yesterday",
    ];

    private static readonly string[] Foreign =
    [
        "Grüße aus Köln", "naïve café", "Ελληνικά γράμματα", "Привет, мир", "日本語のメール", "한국어 편지", "中文邮件", "שלום עולם", "مرحبا بالعالم",
        "नमस्ते", "Zażółć gęślą jaźń", "İstanbul’da bir gün", "😀 🎉 👩‍👩‍👧", "ﬁne ligatures ß ſ", "a\u0301 combining",
    ];

    private static readonly string[] Domains = ["example.test", "mail.test", "lists.example.test", "xn--bcher-kva.test", "a.b.c.d.test"];

    private static readonly string[] Names = ["Ada", "Grace", "Linus", "Edsger", "Barbara", "Niklaus", "Radia", "Vint", "Sophie", "Alan"];

    public static string Sentence(Random random, int words) =>
        string.Join(' ', Enumerable.Range(0, 1 + random.Next(words)).Select(_ => Plain[random.Next(Plain.Length)]));

    public static string Unicode(Random random) => Foreign[random.Next(Foreign.Length)];

    public static string Domain(Random random) => Domains[random.Next(Domains.Length)];

    public static string Name(Random random) => Names[random.Next(Names.Length)];

    public static byte[] Binary(Random random, int bytesMax)
    {
        var bytes = new byte[random.Next(bytesMax)];
        random.NextBytes(bytes);
        return bytes;
    }
}
