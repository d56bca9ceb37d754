using System.Collections.Frozen;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>Every method that is spoken, and what answers it.</summary>
internal static class DavMethods
{
    private static readonly FrozenDictionary<string, Func<DavRequest, ValueTask>> Known =
        new Dictionary<string, Func<DavRequest, ValueTask>>(StringComparer.Ordinal)
        {
            ["OPTIONS"] = Options.RunAsync,
            ["GET"] = Get.RunAsync,
            ["HEAD"] = Get.RunAsync,
            ["PUT"] = Put.RunAsync,
            ["PATCH"] = PartialWrites.PatchAsync,
            ["POST"] = Post.RunAsync,
            ["DELETE"] = Delete.RunAsync,
            ["MKCOL"] = MkCol.RunAsync,
            ["MKCALENDAR"] = MkCol.RunAsync,
            ["COPY"] = request => Transferring.RunAsync(request, move: false),
            ["MOVE"] = request => Transferring.RunAsync(request, move: true),
            ["PROPFIND"] = PropFind.RunAsync,
            ["PROPPATCH"] = PropPatch.RunAsync,
            ["LOCK"] = Lock.RunAsync,
            ["UNLOCK"] = Unlock.RunAsync,
            ["REPORT"] = Report.RunAsync,
            ["SEARCH"] = Search.RunAsync,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static Func<DavRequest, ValueTask>? Find(string method) => Known.GetValueOrDefault(method);

    /// <summary>The method, if it is one of ours: what the log may say.</summary>
    public static string NameOf(string method) => Known.ContainsKey(method) ? method : "?";
}
