import { language, setLanguage, t } from '../text/language.ts'

/** Changes between English and Chinese; it bears the name of the other language, in that language. */
export function LanguageSwitch() {
  const other = language.value === 'en' ? 'zh' : 'en'
  return (
    <button
      type="button"
      class="tool"
      data-testid="language-switch"
      lang={other === 'zh' ? 'zh-CN' : 'en'}
      title={t('app.languageHint')}
      onClick={() => setLanguage(other)}
    >
      {t('app.language')}
    </button>
  )
}
