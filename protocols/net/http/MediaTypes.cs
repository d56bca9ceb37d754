using Microsoft.AspNetCore.StaticFiles;

namespace CompatBot.Protocols.Net.Http;

/// <summary>The media type of a file whose client named none, by its name.</summary>
internal static class MediaTypes
{
    private static readonly FileExtensionContentTypeProvider Known = new();

    public static string Of(string name) => Known.TryGetContentType(name, out var type) ? type : "application/octet-stream";
}
