const said = this.nextElementSibling;
const page = JSON.parse(document.getElementById('jupyter-config-data')?.textContent || '{}');
const cookie = document.cookie.match(/_xsrf=([^;]+)/);
const headers = {'X-XSRFToken': cookie ? cookie[1] : '', 'Authorization': 'token ' + page.token};
if (!page.token) delete headers.Authorization;
fetch((page.baseUrl || '/') + 'api/kernels/KERNEL', {method: 'DELETE', headers}).then(
  answer => said.textContent = answer.ok ? ' Closed. You may open the next lesson.'
    : ' The server did not do it: use the menu.',
  () => said.textContent = ' The server did not answer: use the menu.');
