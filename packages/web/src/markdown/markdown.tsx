import ReactMarkdown from 'react-markdown'
import './markdown.css'

/** Markdown that people wrote: HTML is shown as text, pictures are left out, links open apart. */
export function Markdown({ children }: { children: string }) {
  return (
    <div className="markdown">
      <ReactMarkdown
        disallowedElements={['img']}
        components={{
          // An address that runs a program has been emptied: its text stays, without a link.
          a: ({ href, children: label }) =>
            href === undefined || href === '' ? (
              label
            ) : (
              <a href={href} target="_blank" rel="noopener noreferrer nofollow">
                {label}
              </a>
            ),
        }}
      >
        {children}
      </ReactMarkdown>
    </div>
  )
}
