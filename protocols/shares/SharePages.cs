using System.Globalization;
using System.Net;
using System.Text;
using CompatBot.Core.Shares.Proto;

namespace CompatBot.Protocols.Shares;

/// <summary>The few pages that somebody who follows a link may see: plain HTML, no scripts, no styles.</summary>
internal static class SharePages
{
    public static string Message(string title, string text) => Page(title, $"<p>{Text(text)}</p>");

    public static string Password(bool wasWrong) => Page(
        "Password",
        (wasWrong ? "<p>That was not the password.</p>" : "") + """
        <form method="post">
        <p><label>Password <input type="password" name="password" autofocus required></label> <button>Open</button></p>
        </form>
        """);

    public static string Upload(string name) => Page(
        $"Upload to {name}",
        """
        <form method="post" enctype="multipart/form-data">
        <p><label>Files <input type="file" name="file" multiple required></label> <button>Upload</button></p>
        </form>
        """);

    /// <param name="done">What became of each file.</param>
    public static string Uploaded(IEnumerable<(string Name, string Word)> done)
    {
        var list = new StringBuilder("<ul>\n");
        foreach (var (name, word) in done) list.Append("<li>").Append(Text(name)).Append(": ").Append(Text(word)).Append("</li>\n");
        return Page("Upload", list.Append("</ul>\n<p><a href=\"\">More</a></p>").ToString());
    }

    /// <param name="isTop">It is the link's own folder: nothing is above it.</param>
    public static string Folder(LinkedFolder folder, bool isTop)
    {
        var table = new StringBuilder("<table>\n<tr><th>Name</th><th>Size</th><th>Changed (UTC)</th></tr>\n");
        if (!isTop) table.Append("<tr><td><a href=\"../\">..</a></td><td></td><td></td></tr>\n");
        foreach (var child in folder.Folders)
        {
            table.Append("<tr><td><a href=\"./").Append(Uri.EscapeDataString(child.Name)).Append("/\">").Append(Text(child.Name))
                .Append("/</a></td><td></td><td></td></tr>\n");
        }

        foreach (var file in folder.Files)
        {
            var changed = DateTimeOffset.UnixEpoch.AddTicks(file.Modified * TimeSpan.TicksPerMicrosecond);
            table.Append("<tr><td><a href=\"./").Append(Uri.EscapeDataString(file.Name)).Append("\">").Append(Text(file.Name))
                .Append(CultureInfo.InvariantCulture, $"</a></td><td>{file.Size}</td><td>{changed:yyyy-MM-dd HH:mm}</td></tr>\n");
        }

        table.Append("</table>");
        if (folder.IsCut) table.Append("\n<p>There is more than a link can show.</p>");
        return Page(folder.Name.Length > 0 ? folder.Name : "Files", table.ToString());
    }

    private static string Page(string title, string body) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{Text(title)}</title></head>
        <body>
        <h1>{Text(title)}</h1>
        {body}
        </body>
        </html>

        """;

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
