using HandsOff.Core;
using HandsOff.Silo.Api;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HandsOff.Silo.Security;

/// <summary>Adds API keys, tokens, and the policies that are called as the roles.</summary>
internal static class SecurityHosting
{
    private const string ByToken = "by-token";

    public static void AddHandsOffSecurity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<ApiKeyRing>();
        var jwt = configuration.GetSection(WebOptions.Section).GetSection("Jwt").Get<JwtOptions>() ?? new JwtOptions();
        if (jwt.Authority is not null && string.IsNullOrWhiteSpace(jwt.Audience))
            throw HandsOffException.Usage("HandsOff:Http:Jwt:Audience: is missing beside Jwt:Authority: without it every token of the provider would do; the audience that its tokens for this cluster have would be right");
        var authentication = services.AddAuthentication(ByToken)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, null)
            .AddPolicyScheme(ByToken, null, o => o.ForwardDefaultSelector = context =>
                jwt.Authority is not null && ApiKeyHandler.Token(context.Request) is { } token && !token.StartsWith(ApiKey.Prefix, StringComparison.Ordinal)
                    ? JwtBearerDefaults.AuthenticationScheme
                    : ApiKeyHandler.SchemeName);
        if (jwt.Authority is not null)
        {
            authentication.AddJwtBearer(o =>
            {
                (o.Authority, o.Audience, o.MapInboundClaims) = (jwt.Authority, jwt.Audience, false);
                o.TokenValidationParameters.RoleClaimType = jwt.RoleClaim;
                o.TokenValidationParameters.NameClaimType = "sub";
                o.TokenValidationParameters.ClockSkew = TimeSpan.FromSeconds(30);
            });
        }

        var policies = services.AddAuthorizationBuilder();
        foreach (string role in Roles.All) policies.AddPolicy(role, p => p.RequireRole(Roles.AtLeast(role)));
    }
}
