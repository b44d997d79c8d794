/** A mail before it is sent. */
export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export function confirmation(to: string, link: string): Letter {
  return letter(to, 'Confirm your address', {
    why: 'Somebody, hopefully you, created an FM5 account with this address. Please confirm that it is yours.',
    action: 'Confirm address',
    link,
    otherwise: 'The link works for one hour. If it was not you, do nothing: without confirmation nobody can use the account.',
  });
}

export function passwordReset(to: string, link: string): Letter {
  return letter(to, 'Reset your password', {
    why: 'You asked for a new password for your FM5 account.',
    action: 'Choose a new password',
    link,
    otherwise: 'The link works for one hour and once. If it was not you, do nothing: your password stays as it is.',
  });
}

interface Content {
  readonly why: string;
  readonly action: string;
  readonly link: string;
  readonly otherwise: string;
}

function letter(to: string, subject: string, { why, action, link, otherwise }: Content): Letter {
  const text = `${why}\n\n${action}: ${link}\n\n${otherwise}\n`;
  // Mail programs drop style sheets, so the few styles stand where they apply.
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${subject}</title></head>
<body style="margin:0;padding:32px 16px;background:#f4f5f7;color:#1c2330;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif">
<div style="max-width:480px;margin:0 auto;padding:32px;background:#fff;border-radius:12px">
<h1 style="margin:0 0 16px;font-size:22px">${subject}</h1>
<p>${why}</p>
<p style="margin:28px 0"><a href="${escapeHtml(link)}" style="padding:12px 20px;background:#3457d5;color:#fff;border-radius:8px;text-decoration:none">${action}</a></p>
<p style="color:#5b6475;font-size:14px">${otherwise}</p>
</div>
</body>
</html>
`;
  return { to, subject, text, html };
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
