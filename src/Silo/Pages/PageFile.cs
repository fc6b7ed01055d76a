using Microsoft.Net.Http.Headers;

namespace HandsOff.Silo.Pages;

/// <summary>A file of the page, from the program itself.</summary>
internal sealed record PageFile(byte[] Bytes, string Type, EntityTagHeaderValue Tag);
